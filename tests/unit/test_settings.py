"""Rolecall's own environment variables: one table, and nothing that reads one beside it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall import settings
from rolecall.errors import UsageError
from tests.conftest import ROOT

NAME = re.compile(r"ROLECALL_[A-Z_]*[A-Z]")
FOLDERS = ("rolecall", "components", "policies", "toolchain", "scripts", "stacks")
# Go programs, and files that run without this package.
ELSEWHERE = ("databricks_provider", "passphrase", "language_host", "language_host_install.py")
# The emulators keep facts of their own.
FACTS_OF_THEIR_OWN = ROOT / "rolecall" / "emulators"


def sources(suffix: str) -> list[Path]:
    return [path for name in FOLDERS for path in (ROOT / name).rglob(f"*{suffix}") if not path.is_symlink()]


def texts(path: Path) -> Iterator[str]:
    """Yield the texts of a module that are values, and no docstrings."""
    tree = ast.parse(path.read_text())
    documentation = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef)
        and node.body
        and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in documentation:
            yield node.value


def test_no_module_names_a_variable_but_the_table() -> None:
    beside = {
        str(path.relative_to(ROOT)): text
        for path in sources(".py")
        if path != ROOT / "rolecall" / "settings.py"
        and not path.is_relative_to(FACTS_OF_THEIR_OWN)
        and not {*path.parts} & {*ELSEWHERE}
        for text in texts(path)
        if NAME.fullmatch(text)
    }
    assert not beside


def test_every_variable_that_is_named_anywhere_is_in_the_table() -> None:
    named = [path for suffix in (".py", ".go") for path in sources(suffix)]
    named += [*(ROOT / "docs").glob("*.md"), *ROOT.glob("*.md"), *(ROOT / ".github").rglob("*.yml")]
    unknown = {
        (str(path.relative_to(ROOT)), name)
        for path in named
        for name in NAME.findall(path.read_text())
        if name not in settings.BY_NAME
    }
    assert not unknown


def test_every_variable_is_read_somewhere() -> None:
    attributes = {name for name, value in vars(settings).items() if isinstance(value, settings.Setting)}
    assert len(attributes) == len(settings.SETTINGS) == len(settings.BY_NAME)
    code = "\n".join(path.read_text() for path in sources(".py") if path.name != "settings.py")
    for attribute in attributes:
        setting: settings.Setting[object] = getattr(settings, attribute)
        assert f"settings.{attribute}." in code or setting.elsewhere, setting.name
    programs = "\n".join(
        path.read_text() for path in [*sources(".go"), *sources(".py")] if {*path.parts} & {*ELSEWHERE}
    )
    for setting in settings.SETTINGS:
        assert not setting.elsewhere or setting.name in programs, setting.name


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ROLECALL_HOST_TIMEOUT", "soon"),
        ("ROLECALL_HOST_TIMEOUT", "0"),
        ("ROLECALL_RETRY_SECONDS", "-1"),
        ("ROLECALL_RATE_LIMIT", "0"),
        ("ROLECALL_RATE_LIMIT", "1.5"),
        ("ROLECALL_PROVISIONING_SECONDS", "nan"),
        ("ROLECALL_LOCAL_PORT", "70000"),
        ("ROLECALL_TOOLCHAIN", "magic"),
    ],
)
def test_a_value_of_another_type_is_an_error_that_names_the_variable(name: str, text: str) -> None:
    with pytest.raises(UsageError, match=name):
        settings.BY_NAME[name].read({name: text})


@pytest.mark.parametrize("setting", settings.SETTINGS, ids=lambda setting: setting.name)
def test_an_empty_variable_counts_as_not_set(setting: settings.Setting[object]) -> None:
    assert setting.read({}) == setting.read({setting.name: " "}) == setting.default
    assert setting.meaning.endswith(".")


def test_lists_are_taken_apart() -> None:
    assert settings.ALLOWED_HOSTS.read({"ROLECALL_ALLOWED_HOSTS": "a.example, b.example,"}) == (
        "a.example",
        "b.example",
    )
    assert settings.WORKER_WORKSPACES.read({"ROLECALL_WORKER_WORKSPACES": "https://a  https://b"}) == (
        "https://a",
        "https://b",
    )
