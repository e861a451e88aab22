"""The stack's state as the engine has it on this machine: what a change starts from."""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from functools import cache
from pathlib import Path

import psutil

from rolecall.contract.protective_settings import Declared
from rolecall.engine.local_backend import folder_of, is_local
from rolecall.engine.stack_state import Resource, parse
from rolecall.engine.state import states_beside_engine
from rolecall.errors import StateUnreadable
from rolecall.policies.hosts import address
from rolecall.policies.types import MWS_WORKSPACES, SERVICE_PRINCIPAL
from rolecall.slices.settings import settings_in

ENGINE = "pulumi"
# https://www.pulumi.com/docs/iac/cli/commands/pulumi_up/: a run of a part of a stack.
_PART = ("--target", "-t", "--exclude")


def is_readable(environment: Mapping[str, str]) -> bool:
    """Return whether states are local files; a pack has no credential for another backend."""
    return is_local(environment.get("PULUMI_BACKEND_URL", ""))


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
    if state is None:
        return {}
    return settings_in(state.resources, {name: address(host) for name, host in state.hosts.items()})


def principals_in_states(urn: str, marks: Collection[str]) -> frozenset[str]:
    """Return the application ids of a contract's service principals, as far as the project's states have them.

    Args:
        urn: the name of a resource of the project in the engine; empty where there is none.
        marks: the principals' external ids.
    """
    found = (one for file, changed in _states(urn) for one in _principals(file, changed))
    return frozenset(one for mark, one in found if mark in marks)


def principals_by_stack(urn: str) -> dict[str, frozenset[str]] | None:
    """Return the application ids of the principals that each stack of a resource's project has made.

    None where no state can be read.
    """
    if not urn or not is_readable(os.environ):
        return None
    found = {file.stem: _principals(file, changed) for file, changed in _states(urn)}
    return {stack: frozenset(one for _, one in made) for stack, made in found.items()}


def workspaces_in_states(urn: str) -> frozenset[tuple[str, str]]:
    """Return name and address of each workspace that the project has made, as far as its states have them.

    Args:
        urn: the name of a resource of the project in the engine; empty where there is none.
    """
    return frozenset(one for file, changed in _states(urn) for one in _workspaces(file, changed))


def _states(urn: str) -> Iterator[tuple[Path, int]]:
    """Yield the states of a resource's project, each with the time of its last change."""
    if urn and is_readable(os.environ):
        folder = folder_of(os.environ["PULUMI_BACKEND_URL"]) / "stacks" / urn.split("::")[1]
        for file in folder.glob("*.json"):
            with suppress(OSError):
                yield file, file.stat().st_mtime_ns


@cache
def _workspaces(file: Path, changed: int) -> tuple[tuple[str, str], ...]:
    """Return name and address of each workspace in a state, re-read after a change."""
    made = [one for one in _resources(file) if one.type == MWS_WORKSPACES]
    named = ((str(one.inputs.get("workspaceName")), one.outputs.get("workspaceUrl")) for one in made)
    return tuple((name, host) for name, host in named if isinstance(host, str) and host)


@cache
def _principals(file: Path, changed: int) -> tuple[tuple[str, str], ...]:
    """Return external id and application id of each principal in a state, re-read after a change."""
    made = [one for one in _resources(file) if one.type == SERVICE_PRINCIPAL]
    return tuple((str(one.inputs.get("externalId")), str(one.outputs.get("applicationId"))) for one in made)


def _resources(file: Path) -> Sequence[Resource]:
    try:
        return parse(json.loads(file.read_bytes())["checkpoint"]).resources
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return ()


def is_whole_run() -> bool:
    """Return whether the engine above this process runs the whole stack, and not selected resources."""
    return not any(argument.partition("=")[0] in _PART for argument in _arguments_of_engines())


def _arguments_of_engines() -> Iterator[str]:
    for process in psutil.Process().parents():
        with suppress(psutil.Error):
            if process.name() == ENGINE:
                yield from process.cmdline()
