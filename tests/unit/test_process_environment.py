"""The environment of the process: several engines run at once in it, so nothing that serves them writes it."""

from __future__ import annotations

import ast

import pytest

from tests.conftest import ROOT

# Who writes it, and why no engine of the same process is running then.
WRITERS = {
    "rolecall/demo/cluster.py": "between the commands of the demo, which run in processes of their own",
    "rolecall/demo/stage.py": "before the demo starts a command",
    "rolecall/deploy/serving/pack_template.py": "a fork that becomes one policy pack",
    "rolecall/flows/prefect_worker.py": "a worker runs no engine",
    "rolecall/local/variables.py": "at the start of a command",
    "rolecall/systems/conformance.py": "tests call it, and it restores what was there",
}
CHANGES = {"clear", "pop", "popitem", "setdefault", "update", "putenv", "unsetenv"}


def writes(source: str) -> list[int]:
    """Return the lines that change the environment."""
    found: list[int] = []
    for node in ast.walk(ast.parse(source)):
        targets: list[ast.expr] = []
        if isinstance(node, ast.Assign):
            targets = node.targets
        elif isinstance(node, ast.AugAssign | ast.AnnAssign):
            targets = [node.target]
        elif isinstance(node, ast.Delete):
            targets = node.targets
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in CHANGES:
            targets = [node.func.value]
            if node.func.attr in ("putenv", "unsetenv"):
                found.append(node.lineno)
        for target in targets:
            place = target.value if isinstance(target, ast.Subscript) else target
            if ast.unparse(place) == "os.environ":
                found.append(target.lineno)
    return found


def test_only_these_modules_write_it() -> None:
    files = [path for path in (ROOT / "rolecall").rglob("*.py") if path.resolve() == path]
    files += [path for name in ("components", "policies", "toolchain") for path in (ROOT / name).rglob("*.py")]
    found = {path.relative_to(ROOT).as_posix() for path in files if writes(path.read_text(encoding="utf-8"))}
    assert found == WRITERS.keys()


@pytest.mark.parametrize(
    "line",
    ["os.environ['A'] = '1'", "os.environ |= {}", "del os.environ['A']", "os.environ.pop('A')", "os.putenv('A', '1')"],
)
def test_a_write_is_found(line: str) -> None:
    assert writes(f"import os\n{line}") == [2]
    assert writes("import os\nx = os.environ['A']\ny = {**os.environ}\nz = os.environ.get('A')") == []
