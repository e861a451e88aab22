"""Which contract a Pulumi project deploys: asked by the program, the policy packs and every command."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import yaml

from rolecall import plain_yaml, settings
from rolecall.errors import UsageError

PROJECT_FILE = "Pulumi.yaml"
CONFIG_KEY = "rolecall:contract"
# https://www.pulumi.com/docs/iac/concepts/projects/
_NAME = re.compile(r"[A-Za-z0-9_.-]{1,100}")


def find_project(start: Path) -> Path | None:
    """Return the nearest folder, from `start` upwards, that holds a Pulumi.yaml; None where there is none."""
    absolute = Path(os.path.abspath(start))
    return next((folder for folder in (absolute, *absolute.parents) if (folder / PROJECT_FILE).is_file()), None)


def contract_path(root: Path, stack: str | None, environment: Mapping[str, str]) -> Path | None:
    """Return the contract's main file: from ROLECALL_CONTRACT, the stack's configuration, or the project's.

    Args:
        root: the Pulumi project's folder; relative paths are taken from it.
        stack: the stack's name, or None where there is none yet.
        environment: environment variables.

    Returns:
        the path, or None where nothing names a contract.
    """
    if named := settings.CONTRACT.read(environment):
        return root / named
    project = _read(root / PROJECT_FILE)
    if stack is not None:
        folder = root / str(project.get("stackConfigDir") or "")
        if named := _configured(_read(folder / f"Pulumi.{stack}.yaml")):
            return root / named
    named = _configured(project)
    return root / named if named else None


def project_name(root: Path) -> str:
    """Return the name of the Pulumi project in a folder.

    Raises:
        UsageError: its file cannot be read, or has no name.
    """
    file = root / PROJECT_FILE
    name = _read(file).get("name")
    if not name:
        raise UsageError(f"{file} has no name", "Write `name:` with the project's name into it.")
    # It names folders of the state.
    if _NAME.fullmatch(str(name)) is None or set(str(name)) == {"."}:
        how = "Use at most 100 letters, digits, `_`, `-` and `.`."
        raise UsageError(f"{file} has the name {str(name)[:100]!r}, which is not the name of a project", how)
    return str(name)


def require_contract(start: Path, stack: str | None, environment: Mapping[str, str]) -> Path:
    """Return the contract's main file, relative to the current folder where it lies below it.

    Raises:
        UsageError: nothing names a contract.
    """
    root = find_project(start)
    found = contract_path(root, stack, environment) if root else None
    if found is None and (named := settings.CONTRACT.read(environment)):
        found = Path(named)
    if found is None:
        raise UsageError(
            "no contract: there is no Pulumi.yaml here or above that names one",
            f"Name it: rolecall check PATH, {settings.CONTRACT.name}=PATH, or `config: {CONFIG_KEY}:` in Pulumi.yaml.",
        )
    relative = os.path.relpath(found)
    return Path(relative) if not relative.startswith("..") else found


def _read(path: Path) -> dict[str, Any]:
    if not path.is_file():
        return {}
    try:
        value = plain_yaml.load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise UsageError(f"{path} cannot be read: {reason}", "Correct the file.") from error
    return value if isinstance(value, dict) else {}


def _configured(file: Mapping[str, Any]) -> str | None:
    config = file.get("config")
    value = config.get(CONFIG_KEY) if isinstance(config, Mapping) else None
    if isinstance(value, Mapping):
        value = value.get("value", value.get("default"))
    return str(value) if value else None
