"""The stack's state as the engine has it on this machine: what a change starts from."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import suppress

import psutil

from rolecall.contract.protective_settings import Declared
from rolecall.engine.journal import FILE
from rolecall.engine.state import states_beside_engine
from rolecall.errors import StateUnreadable
from rolecall.slices.settings import settings_in

ENGINE = "pulumi"
# https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/: a run of a part of a stack.
_PART = ("--target", "-t", "--exclude")


def is_readable(environment: Mapping[str, str]) -> bool:
    """Return whether states are local files; a pack has no credential for another backend."""
    return environment.get("PULUMI_BACKEND_URL", "").startswith(FILE)


def settings_before(urn: str, environment: Mapping[str, str]) -> dict[str, Declared] | None:
    """Return the protective settings in a stack's state; None where no state is readable.

    Args:
        urn: the name of one of its resources in the engine.
        environment: environment variables.
    """
    stack, project = urn.removeprefix("urn:pulumi:").split("::")[:2]
    if not is_readable(environment):
        return None
    try:
        state = states_beside_engine(project, environment).read(stack)
    except StateUnreadable:
        return None
    return settings_in(state.resources) if state is not None else {}


def is_whole_run() -> bool:
    """Return whether the engine above this process runs the whole stack, and not resources that somebody named."""
    return not any(argument.partition("=")[0] in _PART for argument in _arguments_of_engines())


def _arguments_of_engines() -> Iterator[str]:
    for process in psutil.Process().parents():
        with suppress(psutil.Error):
            if process.name() == ENGINE:
                yield from process.cmdline()
