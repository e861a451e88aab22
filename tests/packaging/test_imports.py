"""Every package that the code imports is declared: by Rolecall itself, or by the extra of what imports it."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import packages_distributions
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
# What only these import is an extra of its own.
EXTRAS = {"rolecall/emulators": "local", "rolecall/flows": "prefect"}


def declared(requirements: list[str]) -> set[str]:
    return {canonicalize_name(Requirement(text).name) for text in requirements}


def imported(path: Path) -> Iterator[str]:
    """Yield the modules that a file imports, also inside functions."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module


def distributions_of(module: str, known: dict[str, set[str]]) -> set[str]:
    """Return the distributions that hold a module; several share the package `google`."""
    if module.startswith("google.rpc"):
        return {"googleapis-common-protos"}
    if module.startswith("google.protobuf"):
        return {"protobuf"}
    return known.get(module.partition(".")[0], set())


def test_every_import_is_declared() -> None:
    known = {name: {str(canonicalize_name(one)) for one in names} for name, names in packages_distributions().items()}
    always = declared(PROJECT["dependencies"])
    missing = set()
    used: set[str] = set()
    for folder in ("rolecall", "components", "policies", "toolchain"):
        for path in (ROOT / folder).rglob("*.py"):
            place = str(path.relative_to(ROOT))
            extra = next((name for start, name in EXTRAS.items() if place.startswith(start)), None)
            allowed = always | (declared(PROJECT["optional-dependencies"][extra]) if extra else set())
            for module in imported(path):
                top = module.partition(".")[0]
                if top in sys.stdlib_module_names or top == "rolecall":
                    continue
                names = distributions_of(module, known)
                used |= names & allowed
                if not names & allowed:
                    missing.add((place, module))
    assert not missing
    # Programs that packages start, and what they load by name; time zones, where the machine has none.
    loaded_by_name = {"pulumi-databricks", "httptools", "fastapi", "tzdata"}
    every = always | declared(PROJECT["optional-dependencies"]["local"] + PROJECT["optional-dependencies"]["prefect"])
    assert every - used <= loaded_by_name


def test_the_extras_are_not_needed_without_them() -> None:
    local = declared(PROJECT["optional-dependencies"]["local"])
    assert local
    assert not local & declared(PROJECT["dependencies"])
    assert not declared(PROJECT["optional-dependencies"]["prefect"]) & declared(PROJECT["dependencies"])
