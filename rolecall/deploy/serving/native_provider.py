"""The native provider for all engines of a layer, served from this process, which has imported all of it already.

Without it each engine would start a language host, a Python and the provider of its own, twice where it refreshes: more
than a second of CPU for each stack. What the provider keeps of lists lasts for one layer, as what the engines of the
layer before have made is not in it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import TracebackType
from typing import Self

from rolecall.engine.attaching import VARIABLE
from rolecall.provider.server import Provider
from rolecall.provider.serving import start
from rolecall.systems.connections import cancel_all
from rolecall.systems.databricks.account_address import ACCOUNT


class NativeProvider:
    """Serves while a `with` block lasts.

    Args:
        environment: the environment of the engines; where it names a running provider, that one is meant.
        admits: whether the credentials of this process may go to a host.
    """

    def __init__(self, environment: Mapping[str, str], admits: Callable[[str], bool]) -> None:
        self._started = start(Provider(shared=True, admits=admits)) if VARIABLE not in environment else None

    def __enter__(self) -> Self:
        """Begin."""
        return self

    def ports(self) -> dict[str, int]:
        """Return where engines attach to it; nothing where each starts its own."""
        return {"rolecall": self._started[1]} if self._started else {}

    @staticmethod
    def cancel() -> None:
        """End waiting; what is under way is finished."""
        cancel_all()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End."""
        if self._started:
            self._started[0].stop(None).wait()
            ACCOUNT.forget()
