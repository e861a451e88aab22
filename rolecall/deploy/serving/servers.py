"""Servers that the engines of a run share: the Databricks provider, the stacks' programs, and the policy packs."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import TYPE_CHECKING, Self

from rolecall import settings
from rolecall.deploy.group_keys import tell_packs
from rolecall.deploy.serving.shared_packs import PackTemplate
from rolecall.deploy.session import Session
from rolecall.engine.garbage import AT_ONCE
from rolecall.engine.journal import Journal
from rolecall.engine.shared_provider import SharedProvider

if TYPE_CHECKING:
    from rolecall.deploy.serving.programs import Programs


class Serving:
    """Starts each server on first use; all stop with the `with` block.

    Args:
        journals: the open journal of each stack whose state is written only at the end of its run.
    """

    def __init__(self, journals: Mapping[str, Journal]) -> None:
        self._journals = journals
        self._open = ExitStack()
        self._provider: SharedProvider | None = None
        self._programs: Programs | None = None
        self._packs: PackTemplate | None = None

    def __enter__(self) -> Self:
        """Enter; starts nothing."""
        return self

    def begin(self, session: Session) -> None:
        """Start the servers that take long to start, without waiting for them."""
        if self._packs is None:
            enforced = session.deployment.enforced
            template = PackTemplate(enforced, session.toolchain, session.engine.root, session.engine.environment)
            self._packs = self._open.enter_context(template)
        if self._provider is None:
            self._provider = self._open.enter_context(SharedProvider(session.toolchain, session.engine.environment))

    def provider(self, session: Session) -> SharedProvider:
        """Return the Databricks provider, which may still be starting."""
        self.begin(session)
        assert self._provider is not None
        return self._provider

    def programs(self, session: Session) -> Programs:
        """Return the server of programs."""
        if self._programs is None:
            # Imported here: a run without changes does not need it, and the import is slow.
            from rolecall.deploy.serving.programs import Programs

            self._programs = self._open.enter_context(Programs(session.parts, AT_ONCE + 1, self._journals))
        return self._programs

    def declared(self, stack: str) -> list[tuple[str, str]] | None:
        """Return the types and names that a stack's program has declared; None if it has declared nothing."""
        return self._programs.declared.get(stack) if self._programs is not None else []

    def packs(self) -> list[Path]:
        """Return the folders to pass to the engine as policy packs. Call `begin` first."""
        assert self._packs is not None
        return self._packs.folders()

    def wait_for_packs(self) -> None:
        """Wait until the packs are ready. Call `begin` first."""
        assert self._packs is not None
        self._packs.wait()

    def attached_packs(self, session: Session) -> Mapping[str, str]:
        """Return the variables that say to packs whose program runs, and which groups are called otherwise now."""
        if not session.deployment.enforced:
            return {}
        folder = self._open.enter_context(TemporaryDirectory(prefix="groups-"))
        # Engines of this run attach to Rolecall's own programs, and to no one else's.
        return {settings.OWN_PROGRAM.name: "true", **tell_packs(session.lookups, Path(folder))}

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Stop all servers."""
        self._open.close()
