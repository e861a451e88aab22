"""Read a bundle's files."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from rolecall import settings
from rolecall.contract.bundles.nodes import NOTHING, Node, merge, nodes_of
from rolecall.contract.bundles.programs import Program, values_of
from rolecall.contract.bundles.scalars import scalar
from rolecall.contract.repository import matching, read_text
from rolecall.contract.secrets import SECRET, comment_problems
from rolecall.contract.source import Document, Places, read_yaml
from rolecall.contract.texts import text_problems
from rolecall.contract.yaml_problems import unreadable_file
from rolecall.errors import Place, Problem

_SUFFIXES = (".yml", ".yaml", ".json")
_WILDCARDS = "*?["
_LISTS = ("include", "permissions")
_MAPPINGS = ("bundle", "presets", "resources", "sync", "targets", "variables", "workspace")
# Known keys, and how alike a misspelt one is at least (bundle/config/root.go, target.go and presets.go).
_SECTIONS = (
    *("artifacts", "bundle", "environments", "experimental", "include", "permissions", "presets", "python"),
    *("resources", "run_as", "scripts", "sync", "targets", "variables", "workspace"),
)
_OF_TARGETS = (
    *("artifacts", "bundle", "cluster_id", "compute_id", "default", "experimental", "git", "mode", "permissions"),
    *("presets", "resources", "run_as", "sync", "variables", "workspace"),
)
_PRESETS = (
    *("artifacts_dynamic_version", "jobs_max_concurrent_runs", "name_prefix", "pipelines_development"),
    *("source_linked_deployment", "tags", "trigger_pause_status"),
)
_CLOSE = 0.85
# Older names of sections (bundle/config/mutator/environments_compat.go).
_OLDER = {"environments": "targets"}


@dataclass
class BundleFiles:
    """A bundle's files, laid over each other as its own command does.

    Attributes:
        file: the bundle's main file, as the user should see it.
        folder: its folder.
        root: what the files say together.
        problems: what is wrong with them.
        files: the names of all files.
        program: the Python functions that make or change its jobs; None where it has none, or they may not be run.
    """

    file: str
    folder: FilePath
    root: Node
    problems: list[Problem] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    program: Program | None = None

    @property
    def targets(self) -> dict[str, Node]:
        """The targets by name."""
        return dict(self.root.get("targets").items())


def read_bundle(path: FilePath, shown: str, repository: FilePath) -> BundleFiles:
    """Read a bundle's file and those that it includes.

    Args:
        path: the bundle's file.
        shown: its name, as the user should see it.
        repository: the folder that all its files have to be in.
    """
    bundle = BundleFiles(shown, path.parent.resolve(), NOTHING, files=[shown])
    parts = [_part(path, shown, bundle.problems)]
    for pattern in parts[0].get("include").elements():
        for included in _included(path, pattern, repository, bundle.problems):
            name = os.path.normpath(FilePath(shown).parent / os.path.relpath(included, path.parent))
            if name not in bundle.files:
                bundle.files.append(name)
                parts.append(_part(included, name, bundle.problems))
    bundle.problems += _defined_twice(parts)
    for part in parts:
        bundle.root = merge(bundle.root, part)
    bundle.program = _program(bundle.root, path, shown, bundle.problems)
    return bundle


def _part(path: FilePath, shown: str, problems: list[Problem]) -> Node:
    document = _read(path, shown)
    problems += document.problems
    found = nodes_of(document)
    if found.value is not None and not isinstance(found.value, dict):
        what, how = f"{shown} is no mapping", "A bundle starts with keys, such as `bundle: {name: …}`."
        problems.append(Problem("wrong-value", Place(shown, 1), what, how))
        return NOTHING
    for old, new in _OLDER.items():
        if found.get(new).value is None and found.get(old).value is not None:
            found = found.with_entry(new, found.get(old)).without(old)
    problems += _shapes(found)
    return found


def _shapes(part: Node) -> Iterator[Problem]:
    """Yield a problem for each section that is no list or no mapping where it has to be one: it would be skipped."""
    targets = part.get("targets")
    yield from _misspelt(part, _SECTIONS)
    for holder in (part, *dict(targets.items()).values()):
        yield from _misspelt(holder.get("resources"), ("jobs",))
        yield from _misspelt(holder.get("presets"), _PRESETS)
    for target in dict(targets.items()).values():
        yield from _misspelt(target, _OF_TARGETS)
    yield from _not_of(list, part, _LISTS)
    yield from _not_of(dict, targets, dict(targets.items()))
    for holder in (part, *dict(targets.items()).values()):
        yield from _not_of(dict, holder, _MAPPINGS)
        resources = holder.get("resources")
        yield from _not_of(dict, resources, dict(resources.items()))
        for declared in dict(resources.items()).values():
            yield from _not_of(dict, declared, dict(declared.items()))


def _misspelt(holder: Node, known: Iterable[str]) -> Iterator[Problem]:
    """Report each key that is nearly a known one; other unknown keys may be notes, or the place of anchors."""
    for key, value in holder.items():
        close = [] if key in known else difflib.get_close_matches(str(key), known, n=1, cutoff=_CLOSE)
        if close:
            what = f"the bundle has no key {key!r}"
            yield Problem("unknown-key", value.place, what, f"Did you mean {close[0]!r}?")


def _not_of(shape: type, holder: Node, names: Iterable[str]) -> Iterator[Problem]:
    noun, how = ("list", "[a, b]") if shape is list else ("mapping", "{key: value}")
    for name in names:
        found = holder.get(name)
        if found.value is not None and not isinstance(found.value, shape):
            yield Problem("wrong-value", found.place, f"`{name}` of the bundle is no {noun}", f"Write a {noun}: {how}.")


def _included(path: FilePath, pattern: Node, repository: FilePath, problems: list[Problem]) -> Iterator[FilePath]:
    """Yield the files that one line of `include` names (bundle/config/loader/process_root_includes.go)."""
    text = str(pattern.value)
    before = len(problems)
    found = matching(repository, path.parent, text, pattern.place, problems)
    if FilePath(text).is_absolute():
        if len(problems) == before:
            what, how = f"include {text!r} begins at the root", "Write a path relative to this file."
            problems.append(Problem("wrong-value", pattern.place, what, how))
        return
    if not found and len(problems) == before and not any(letter in text for letter in _WILDCARDS):
        what = f"there is no file {text!r}"
        problems.append(Problem("file-not-found", pattern.place, what, f"It is relative to {path.parent}."))
    for one in found:
        if one.is_dir() or one == path:
            continue
        if one.suffix in _SUFFIXES:
            yield one
        else:
            what = f"include {text!r} names {one.name}, which is no YAML or JSON file"
            problems.append(Problem("wrong-value", pattern.place, what, "Only *.yml, *.yaml and *.json are read."))


def _defined_twice(parts: list[Node]) -> Iterator[Problem]:
    """Yield a problem for each resource whose key two files, or two types, have (unique_resource_keys.go)."""
    first: dict[str, tuple[str, Node]] = {}
    for part in parts:
        for kind, declared in part.get("resources").items():
            for key, resource in declared.items():
                other, where = first.setdefault(key, (kind, resource))
                if where is not resource:
                    what = f"{kind}.{key} of the bundle is {other}.{key} too; first at {where.place}"
                    how = "Keep one of the two, or give one another key: the bundle's own command refuses this."
                    yield Problem("declared-twice", resource.place, what, how)


def _program(root: Node, path: FilePath, shown: str, problems: list[Problem]) -> Program | None:
    """Return the functions that the bundle names; a problem where they may not be run (python_mutator.go, getOpts)."""
    sections = [(("python",), root.get("python")), (("experimental", "python"), root.get("experimental", "python"))]
    named = [(keys, one) for keys, one in sections if one.value is not None]
    older = root.get("experimental", "pydabs")
    if older.value is not None:
        what, how = "`experimental.pydabs` of the bundle is an older form", "Name the functions in `python`."
        problems.append(Problem("bundle-made-by-program", older.place, what, how))
    if not named:
        return None
    keys, section = named[0]
    shown_key = ".".join(keys)
    if len(named) > 1 and values_of(named[1][1]) != values_of(section):
        what, how = "`experimental.python` of the bundle differs from its `python`", "Keep `python` only."
        problems.append(Problem("wrong-value", named[1][1].place, what, how))
    interpreter = settings.BUNDLE_PYTHON.read()
    if interpreter is None:
        what = f"the bundle's `{shown_key}` makes jobs by Python functions, which are not run unless you allow it"
        how = (
            f"Set {settings.BUNDLE_PYTHON.name} to a Python interpreter with `databricks-bundles`, where you "
            "trust the bundle's code; or write these jobs in YAML; or do not take this bundle."
        )
        problems.append(Problem("bundle-made-by-program", section.place, what, how))
        return None
    lists = {name: [str(one.value) for one in section.get(name).elements()] for name in ("resources", "mutators")}
    for name, functions in lists.items():
        written = section.get(name)
        if written.value is not None and not isinstance(written.value, list):
            what = f"`{shown_key}.{name}` of the bundle is no list"
            problems.append(Problem("wrong-value", written.place, what, "Write a list of MODULE:FUNCTION."))
        for one in functions:
            if one.count(":") != 1:
                what = f"{one!r} names no function"
                problems.append(Problem("wrong-value", written.place, what, "Write MODULE:FUNCTION."))
    folder, place = path.parent.resolve(), section.place
    of_bundle = FilePath(shown).parent.as_posix()
    return Program(
        os.path.abspath(interpreter), folder, of_bundle, place, tuple(lists["resources"]), tuple(lists["mutators"])
    )


def _read(path: FilePath, shown: str) -> Document:
    try:
        text = read_text(path)
        document = read_yaml(text, shown, scalar)
        # All of a bundle is read by many, also what the contract does not take.
        secrets = [one for one in text_problems(document.value, document.places)[0] if one.id == SECRET]
        return replace(document, problems=[*document.problems, *comment_problems(text, shown), *secrets])
    except (OSError, UnicodeDecodeError) as error:
        return Document(None, Places(), [unreadable_file(shown, Place(shown, 1), error)])
