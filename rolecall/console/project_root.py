"""The Pulumi project that a command is started in."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from rolecall.engine.state import States
from rolecall.errors import UsageError


def project_root() -> Path:
    """Return the project's folder.

    Raises:
        UsageError: there is none here or above.
    """
    from rolecall.project import PROJECT_FILE, find_project

    root = find_project(Path.cwd())
    if root is None:
        raise UsageError(f"there is no {PROJECT_FILE} here or above", "Go to the folder of your Pulumi project.")
    return root


def project_states(start: Path, environment: Mapping[str, str]) -> States | None:
    """Return the states of the project that a folder is in; None where it is in none.

    Args:
        start: the folder.
        environment: environment variables.

    Raises:
        UsageError: the project's file cannot be read, or has no name.
    """
    from rolecall.engine.state import states_beside_engine
    from rolecall.local_folder import state_backend
    from rolecall.project import find_project, project_name

    root = find_project(start)
    if root is None:
        return None
    backend = environment.get("PULUMI_BACKEND_URL") or state_backend(root)
    return states_beside_engine(project_name(root), {**environment, "PULUMI_BACKEND_URL": backend})
