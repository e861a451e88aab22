"""Where the bundle's own files lie once it has uploaded them."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path as FilePath
from pathlib import PurePosixPath
from typing import TypeGuard

from rolecall.contract.bundles.libraries import is_local, is_pattern, matching_files, pip_flag, without_extras
from rolecall.contract.bundles.nodes import Node
from rolecall.errors import Problem

# Workspaces keep notebooks without these (libs/notebook/ext.go).
_NOTEBOOK_SUFFIXES = (".py", ".ipynb", ".sql", ".scala", ".r", ".R")
_DESIGNER = ".designer.ipynb"
# Fields of a task that hold a path (bundle/config/mutator/paths/job_paths_visitor.go).
_NOTEBOOK = ("notebook_task", "notebook_path")
_OF_TASK = (
    ("spark_python_task", "python_file"),
    ("dbt_task", "project_directory"),
    ("sql_task", "file", "path"),
    ("alert_task", "workspace_path"),
)
_OF_LIBRARY = ("whl", "jar")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass
class Paths:
    """Makes the paths of one target those of the workspace.

    Attributes:
        root: the folder that is uploaded, as problems show paths.
        uploaded: where it is uploaded to; None where the bundle does not say.
        problems: a path that leads nowhere is appended to it.
        own: the bundle's folder, as problems show paths.
        files: the bundle's folder.
    """

    root: str
    uploaded: str | None
    problems: list[Problem]
    own: str
    files: FilePath = FilePath()

    def placed(self, job: Node) -> Node:
        """Return a job with paths of the workspace; those of a job with code from Git are its repository's."""
        if job.get("git_source").value is not None:
            self._report_files(job)
            return _each(job, ("tasks",), _of_repository)
        job = _each(job, ("tasks",), self._task)
        return _each(job, ("environments",), lambda one: _at(one, ("spec", "dependencies"), self._dependencies))

    def _report_files(self, job: Node) -> None:
        """Report the bundle's own files among the libraries of a job whose code is from Git."""

        def report(node: Node) -> None:
            if isinstance(node.value, str) and is_local(node.value):
                what = f"{node.value!r} is a file of the bundle, but the job's code is in Git"
                how = "Name a package, or a file of a volume (/Volumes/…) or of the workspace (/Workspace/…)."
                self.problems.append(Problem("relative-path", node.place, what, how))

        tasks = [*job.get("tasks").elements()]
        for task in (*tasks, *(one.get("for_each_task", "task") for one in tasks)):
            for library in task.get("libraries").elements():
                for key in _OF_LIBRARY:
                    report(library.get(key))
        for environment in job.get("environments").elements():
            for dependency in environment.get("spec", "dependencies").elements():
                report(dependency)

    def _task(self, task: Node) -> Node:
        task = _at(task, _NOTEBOOK, self._notebook)
        for path in _OF_TASK:
            task = _at(task, path, self._absolute)
        task = _each(task, ("ai_runtime_task", "deployments"), lambda one: _at(one, ("command_path",), self._absolute))
        task = _at(task, ("libraries",), self._libraries)
        return _at(task, ("for_each_task", "task"), self._task)

    def _notebook(self, node: Node) -> Node:
        placed = self._absolute(node)
        return node if placed is node else _stem(placed)

    def _libraries(self, libraries: Node) -> Node:
        if not isinstance(libraries.value, list):
            return libraries
        return replace(libraries, value=[placed for one in libraries.value for placed in self._library(one)])

    def _library(self, library: Node) -> Iterable[Node]:
        library = _at(library, ("requirements",), self._absolute)
        for key in _OF_LIBRARY:
            path = library.get(key)
            if isinstance(path.value, str) and is_local(path.value):
                return [library.with_entry(key, one) for one in self._matching(path)]
        return [library]

    def _dependencies(self, dependencies: Node) -> Node:
        return replace(
            dependencies, value=[placed for one in dependencies.elements() for placed in self._dependency(one)]
        )

    def _dependency(self, node: Node) -> Iterable[Node]:
        text = node.value
        if not isinstance(text, str):
            return [node]
        if flag := pip_flag(text):
            before, path, after = flag
            return [replace(node, value=f"{before}{self._absolute(replace(node, value=path)).value}{after}")]
        return self._matching(node) if is_local(text) else [node]

    def _matching(self, node: Node) -> list[Node]:
        """Return the files of a library, each as a path of the workspace: the API knows no patterns."""
        path, extras = without_extras(node.value)
        placed = self._absolute(replace(node, value=path))
        if not is_pattern(path) or self.uploaded is None or not str(placed.value).startswith(self.uploaded):
            return [replace(placed, value=f"{placed.value}{extras}")]
        root = self.files / posixpath.relpath(self.root or ".", self.own or ".")
        inside = posixpath.relpath(placed.value, self.uploaded)
        found = matching_files(root, inside)
        if not found:
            what = f"no file matches {path!r}"
            how = (
                f"Build it before; patterns are those of files below {self.root or '.'}. Or name one file, or one of a "
                "volume (/Volumes/…)."
            )
            self.problems.append(Problem("file-not-found", node.place, what, how))
        return [replace(node, value=f"{posixpath.join(self.uploaded, one)}{extras}") for one in found]

    def _absolute(self, node: Node) -> Node:
        text = node.value
        if not _is_relative(text):
            return node
        if self.uploaded is None:
            what = f"{text!r} is a path relative to the bundle"
            how = "Set workspace.root_path in the bundle to where its files are deployed, or use git_source."
            self.problems.append(Problem("relative-path", node.place, what, how))
            return node
        folder = self._folder(node)
        inside = posixpath.relpath(posixpath.normpath(posixpath.join(folder, text)), self.root or ".")
        if inside == ".." or inside.startswith("../"):
            what = f"{text!r} leads out of the bundle's folder, and is not uploaded with it"
            how = "Move the file into the bundle, or add its folder to `sync.paths`."
            self.problems.append(Problem("relative-path", node.place, what, how))
            return node
        return replace(node, value=posixpath.normpath(posixpath.join(self.uploaded, inside)))

    def _folder(self, node: Node) -> str:
        """Return the folder that a relative path starts from: Python functions write it from the bundle's folder."""
        if node.place is None or node.place.file.endswith(".py"):
            return self.own
        return posixpath.dirname(node.place.file)


class BundlePaths(Paths):
    """Makes relative paths start from the bundle's folder (bundle/config/mutator/normalize_paths.go)."""

    def placed(self, job: Node) -> Node:
        """Return a job with the paths that the bundle's functions see."""
        return job if job.get("git_source").value is not None else super().placed(job)

    def _notebook(self, node: Node) -> Node:
        return self._absolute(node)

    def _matching(self, node: Node) -> list[Node]:
        return [self._absolute(node)]

    def _absolute(self, node: Node) -> Node:
        text = node.value
        if not _is_relative(text):
            return node
        path = posixpath.normpath(posixpath.join(self._folder(node), text))
        return replace(node, value=posixpath.relpath(path, self.own or "."))


def _is_relative(text: object) -> TypeGuard[str]:
    return isinstance(text, str) and bool(text) and not (text.startswith(("/", "${")) or _SCHEME.match(text))


def _stem(node: Node) -> Node:
    text = node.value
    if not isinstance(text, str) or not text.endswith(_NOTEBOOK_SUFFIXES) or text.endswith(_DESIGNER):
        return node
    return replace(node, value=text.removesuffix(PurePosixPath(text).suffix))


def _of_repository(task: Node) -> Node:
    """Return a task with code from Git with its paths as the Jobs API has them: from the repository's root."""
    for path in (_NOTEBOOK, *_OF_TASK):
        task = _at(task, path, lambda node: replace(node, value=str(node.value).removeprefix("./")))
    return _at(task, ("for_each_task", "task"), _of_repository)


def root_of(folder: str, synchronized: Iterable[Node]) -> str:
    """Return the folder that a bundle uploads: its own, or the one that all of `sync.paths` are in."""
    found = posixpath.normpath(folder or ".")
    for node in synchronized:
        if isinstance(node.value, str) and node.place is not None:
            path = posixpath.normpath(posixpath.join(posixpath.dirname(node.place.file), node.value))
            while posixpath.relpath(path, found).startswith(".."):
                found = posixpath.normpath(posixpath.join(found, ".."))
    return found


def _each(node: Node, path: tuple[str, ...], change: Callable[[Node], Node]) -> Node:
    def changed(elements: Node) -> Node:
        if not isinstance(elements.value, list):
            return elements
        return replace(elements, value=[change(one) for one in elements.value])

    return _at(node, path, changed)


def _at(node: Node, path: tuple[str, ...], change: Callable[[Node], Node]) -> Node:
    inner = node.get(path[0])
    if inner.value is None:
        return node
    return node.with_entry(path[0], change(inner) if len(path) == 1 else _at(inner, path[1:], change))
