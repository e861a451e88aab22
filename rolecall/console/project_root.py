"""The Pulumi project that a command is started in."""

from __future__ import annotations

from pathlib import Path

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
