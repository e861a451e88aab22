"""What a change to a file can touch: one project's stacks, some sections, everything, or nothing of the contract."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path as FilePath

from rolecall.contract.files import IncludedFiles
from rolecall.contract.loader import LoadedContract
from rolecall.contract.naming import stack_name
from rolecall.contract.packs import own_pack
from rolecall.contract.repository import project_folder_of
from rolecall.contract.scopes import PROJECTS, FileScope, scope_of
from rolecall.stack_names import ACCOUNT_STACK

PLATFORM, PROJECT, SECTIONS, NOTHING = "platform", "project", "sections", "nothing"
# Beside the contract, what decides about every deployment.
# Files that people read and nothing runs.
_DOCUMENTS = (".md", ".rst", ".adoc", ".svg", ".png", ".jpg", ".gif", ".pdf")
_PROGRAM = ("Pulumi.yaml", "policy-exemptions.yaml", "pyproject.toml", "requirements.lock")


@dataclass(frozen=True)
class Reach:
    """What a change to a file can touch.

    Attributes:
        file: the file, as it was named.
        sort: `platform`: everything; `project`: its projects only; `sections`; or `nothing` of the contract.
        projects: the projects.
        sections: the sections of the contract.
        stacks: the stacks that may change; those of the platform are all.
        said: the line with it; empty without one.
    """

    file: str
    sort: str
    projects: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    stacks: tuple[str, ...] = ()
    said: str = ""

    def __str__(self) -> str:
        """Return it as a sentence."""
        because = f"  ({self.said})" if self.said else ""
        if self.sort == NOTHING:
            return f"{self.file}: nothing of the contract"
        if self.sort == PLATFORM:
            return f"{self.file}: the whole platform, all {len(self.stacks)} stacks{because}"
        if self.sort == SECTIONS:
            return f"{self.file}: {', '.join(self.sections)}, all {len(self.stacks)} stacks{because}"
        noun = "project" if len(self.projects) == 1 else "projects"
        return f"{self.file}: {noun} {', '.join(self.projects)}, stacks {', '.join(self.stacks)}{because}"


def reaches(loaded: LoadedContract, main: FilePath, changed: Iterable[str]) -> list[Reach]:
    """Return what a change to each file can touch; the includes decide for a file that was deleted.

    Args:
        loaded: the contract.
        main: its main file.
        changed: the files, from the current folder.
    """
    return [_reach(loaded, main, name) for name in changed]


def _reach(loaded: LoadedContract, main: FilePath, name: str) -> Reach:
    path = _normal(name)
    for file, scope in loaded.scopes.items():
        if _normal(file) == path or FilePath(file).resolve() == FilePath(name).resolve():
            return _of_scope(loaded, name, scope, main)
    for bundle, projects in loaded.bundles.items():
        if _normal(bundle) == path:
            return _of_projects(loaded, name, projects, "a bundle")
    for one in loaded.inclusions:
        if (scope_there := _would_be(one, FilePath(name), main)) is not None:
            return _of_scope(loaded, name, scope_there, main)
    root = project_folder_of(main)
    packs = [own_pack(pack) or _normal(root / pack) for pack in loaded.contract.policy_packs]
    program = [_normal(root / one) for one in _PROGRAM]
    folders = [*packs, *(_normal(root / one) for one in ("stacks", "components", "policies"))]
    if path in program or any(path.is_relative_to(folder) for folder in folders):
        return Reach(name, PLATFORM, stacks=_all_stacks(loaded), said="code that runs in every deployment")
    if not path.is_relative_to(_normal(root)) or _is_only_read(path, _normal(main).parent):
        return Reach(name, NOTHING)
    # Pipelines, stack settings, dependencies, owners of files: what is not known to be harmless may decide what runs.
    return Reach(name, PLATFORM, stacks=_all_stacks(loaded), said="it may change what runs in a deployment")


def _is_only_read(path: FilePath, contract: FilePath) -> bool:
    """Return whether a file is documentation, or lies among the contract's files and is included by none."""
    return path.suffix.lower() in _DOCUMENTS or path.name == "LICENSE" or path.is_relative_to(contract)


def _of_scope(loaded: LoadedContract, name: str, scope: FileScope, main: FilePath) -> Reach:
    said = f"{scope.said} includes it" if scope.said else f"the contract's main file, {main}"
    if scope.sections is None:
        return Reach(name, PLATFORM, stacks=_all_stacks(loaded), said=said)
    if scope.sections == {PROJECTS}:
        return _of_projects(loaded, name, scope.projects or (), said)
    return Reach(name, SECTIONS, sections=tuple(sorted(scope.sections)), stacks=_all_stacks(loaded), said=said)


def _of_projects(loaded: LoadedContract, name: str, projects: Iterable[str], said: str) -> Reach:
    names = tuple(sorted(projects))
    # Who may use an environment's catalog is a list of its own, which names the project's principals.
    stacks = tuple(stack_name(environment, one) for environment in loaded.contract.environments for one in names)
    shared = tuple(one for one, stage in loaded.contract.environments.items() if stage.catalog)
    return Reach(name, PROJECT, names, (PROJECTS,), (ACCOUNT_STACK, *stacks, *shared), said)


def _would_be(included: IncludedFiles, file: FilePath, main: FilePath) -> FileScope | None:
    """Return what a file would be allowed to hold if it were there; None where the line does not name it."""
    try:
        relative = os.path.relpath(_normal(file), _normal(included.folder))
    except ValueError:
        return None
    if not FilePath(relative).match(os.path.normpath(included.inclusion.path)) or file.exists():
        return None
    folders = FilePath(os.path.relpath(_normal(file).parent, _normal(main).parent)).parts
    return scope_of(included.inclusion, file, folders, included.said)


def _all_stacks(loaded: LoadedContract) -> tuple[str, ...]:
    return (ACCOUNT_STACK, *_stacks(loaded))


def _stacks(loaded: LoadedContract) -> Iterator[str]:
    for environment, stage in loaded.contract.environments.items():
        yield from (stack_name(environment, project) for project in loaded.contract.projects)
        if stage.catalog:
            yield environment


def _normal(path: str | FilePath) -> FilePath:
    return FilePath(os.path.abspath(path))
