"""The requests that the source code of a system makes, read from its syntax: methods, and paths with `{}` for ids."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import product

from tests.conftest import ROOT

UNKNOWN = "{}"
# Methods of clients, with the method of HTTP that they send; lists of Prefect are asked for with POST.
SENDERS = {"get": "GET", "one": "GET", "every": "GET", "remove": "DELETE"}
MOST_STEPS = 8

Local = Mapping[str, list[ast.expr]]


@dataclass
class Module:
    """A module's constants, functions, and what it imports by name."""

    tree: ast.Module
    constants: dict[str, ast.expr] = field(default_factory=dict)
    functions: dict[str, ast.FunctionDef] = field(default_factory=dict)
    imports: dict[str, tuple[str, str]] = field(default_factory=dict)


@cache
def module(name: str) -> Module | None:
    """Return a module of ours; None for any other."""
    path = ROOT.joinpath(*name.split("."))
    file = path.with_suffix(".py") if path.with_suffix(".py").exists() else path / "__init__.py"
    if not file.exists():
        return None
    found = Module(ast.parse(file.read_text(encoding="utf-8")))
    for node in ast.walk(found.tree):
        if isinstance(node, ast.FunctionDef):
            found.functions.setdefault(node.name, node)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.imports |= {one.asname or one.name: (node.module, one.name) for one in node.names}
    for statement in found.tree.body:
        found.constants |= dict(_assigned(statement))
    return found


# The methods and the paths that one call can send: each of the former with one of the latter, and the reverse.
Alternatives = tuple[frozenset[str], frozenset[str]]


def requests_of(package: str) -> set[Alternatives]:
    """Return methods and paths of every request in the modules of a package."""
    found: set[Alternatives] = set()
    for file in sorted(ROOT.joinpath(*package.split(".")).rglob("*.py")):
        name = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        here = module(name)
        assert here is not None
        for function in here.functions.values():
            local: dict[str, list[ast.expr]] = {}
            for statement in ast.walk(function):
                for variable, value in _assigned(statement):
                    local.setdefault(variable, []).append(value)
            for call in ast.walk(function):
                if isinstance(call, ast.Call) and call.args:
                    found |= set(_sent(call, here, local))
    return found


def _assigned(statement: ast.AST) -> Iterator[tuple[str, ast.expr]]:
    if isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name) and statement.value:
        yield statement.target.id, statement.value
    if not isinstance(statement, ast.Assign):
        return
    for target in statement.targets:
        if isinstance(target, ast.Name):
            yield target.id, statement.value
        elif isinstance(target, ast.Tuple) and isinstance(statement.value, ast.Tuple):
            for name, value in zip(target.elts, statement.value.elts, strict=False):
                if isinstance(name, ast.Name):
                    yield name.id, value


def _sent(call: ast.Call, here: Module, local: Local) -> Iterator[Alternatives]:
    name = _name(call.func)
    if name == "Request" and len(call.args) > 1:
        yield frozenset(_texts(call.args[0], here, local)), frozenset(_texts(call.args[1], here, local))
    elif name in SENDERS and (paths := {one for one in _texts(call.args[0], here, local) if one.startswith("/")}):
        yield frozenset({SENDERS[name]}), frozenset(paths)


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else str(getattr(node, "attr", ""))


def _texts(node: ast.expr, here: Module, local: Local, steps: int = 0) -> set[str]:
    """Return the texts that an expression can stand for."""
    if steps > MOST_STEPS:
        return {UNKNOWN}
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return {node.value}
    if isinstance(node, ast.JoinedStr):
        parts = [one.value if isinstance(one, ast.FormattedValue) else one for one in node.values]
        return {"".join(one) for one in product(*(_texts(part, here, local, steps + 1) for part in parts))}
    if isinstance(node, ast.IfExp):
        return _texts(node.body, here, local, steps + 1) | _texts(node.orelse, here, local, steps + 1)
    if isinstance(node, ast.Name):
        return _of_name(node.id, here, local, steps)
    if isinstance(node, ast.Call):
        return _of_call(node, here, local, steps)
    return {UNKNOWN}


def _of_name(name: str, here: Module, local: Local, steps: int) -> set[str]:
    if name in local:
        rest = {key: value for key, value in local.items() if key != name}
        return set().union(*(_texts(one, here, rest, steps + 1) for one in local[name]))
    if name in here.constants:
        return _texts(here.constants[name], here, {}, steps + 1)
    source, original = here.imports.get(name, ("", ""))
    other = module(source) if source else None
    if other is not None and original in other.constants:
        return _texts(other.constants[original], other, {}, steps + 1)
    return {UNKNOWN}


def _of_call(call: ast.Call, here: Module, local: Local, steps: int) -> set[str]:
    name, where = _name(call.func), here
    if name == "account" and call.args:
        # The path of the account that a workspace belongs to.
        return _texts(call.args[0], here, local, steps + 1)
    if name not in here.functions and name in here.imports:
        source, name = here.imports[name]
        where = module(source) or here
    function = where.functions.get(name)
    if function is None:
        return {UNKNOWN}
    names = [one.arg for one in function.args.args if one.arg != "self"]
    given = {
        parameter: [ast.Constant(one) for one in _texts(value, here, local, steps + 1)]
        for parameter, value in zip(names, call.args, strict=False)
    }
    inner: dict[str, list[ast.expr]] = {key: [*value] for key, value in given.items()}
    for statement in ast.walk(function):
        for variable, value in _assigned(statement):
            inner.setdefault(variable, []).append(value)
    returned = [one.value for one in ast.walk(function) if isinstance(one, ast.Return) and one.value is not None]
    return {text for one in returned for text in _texts(one, where, inner, steps + 1) if text} or {UNKNOWN}


def texts_in(package: str, beginning: str) -> set[str]:
    """Return every text of a package that begins with a path, formatted ones with `{}` in place of values."""
    found: set[str] = set()
    for file in ROOT.joinpath(*package.split(".")).rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.JoinedStr):
                parts = [one.value if isinstance(one, ast.Constant) else UNKNOWN for one in node.values]
                text = "".join(map(str, parts))
            elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                text = node.value
            else:
                continue
            if text.startswith(beginning) and " " not in text:
                found.add(text)
    return found
