"""Steps of the demo that do not come out as they have to."""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.engine.events import Outcome
from rolecall.errors import ExitCode, RolecallError


class DemoFailed(RolecallError):
    """A step of the demo did not come out as it has to."""

    exit_code = ExitCode.FAILED


def require_fine(outcomes: Mapping[str, Outcome]) -> None:
    """Require that no stack failed.

    Raises:
        DemoFailed: one did.
    """
    failed = [stack for stack, outcome in outcomes.items() if outcome.exit_code]
    if failed:
        raise DemoFailed(f"this failed: {', '.join(failed)}", "Start again: make clean demo.")
