"""Replace `${env:NAME}` by the value of an environment variable."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from rolecall.contract.source import Path, Places
from rolecall.errors import Problem

REFERENCE = re.compile(r"\$\{env:([^}]*)\}")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def substitute(
    value: Any, environment: Mapping[str, str], places: Places, problems: list[Problem], path: Path = ()
) -> Any:
    """Return a tree in which every reference is replaced.

    Args:
        value: tree of plain values.
        environment: variables by name.
        places: where the values stand, for problems.
        problems: every missing variable is appended to it.
        path: path of `value` itself.
    """
    if isinstance(value, dict):
        return {key: substitute(item, environment, places, problems, (*path, key)) for key, item in value.items()}
    if isinstance(value, list):
        return [substitute(item, environment, places, problems, (*path, index)) for index, item in enumerate(value)]
    if not isinstance(value, str) or "${env:" not in value:
        return value

    def replace(match: re.Match[str]) -> str:
        name = match.group(1)
        if not VARIABLE_NAME.fullmatch(name):
            what = f"${{env:{name}}} does not name an environment variable"
            problems.append(
                Problem("wrong-value", places.of(*path), what, "Write letters, digits and _, as in ${env:ML_DEV_HOST}.")
            )
            return ""
        if not environment.get(name):
            found = "is empty" if name in environment else "is not set"
            problems.append(
                Problem(
                    "missing-environment-variable",
                    places.of(*path),
                    f"the environment variable {name} {found}",
                    f'Set it: export {name}=…   (for the local emulators: eval "$(rolecall env)")',
                )
            )
            return ""
        return environment[name]

    return REFERENCE.sub(replace, value)
