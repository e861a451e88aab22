"""Scope of a file of a contract: everything, or one project, as declared by the file that includes it.

Who may change a project's file is another than who may change the platform's: what reaches beyond the project is
refused there, whatever key it stands under.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path as FilePath
from typing import Annotated, Any, Literal

from pydantic import Field

from rolecall.contract.problems import one_of
from rolecall.contract.source import Places
from rolecall.errors import Place, Problem
from rolecall.ids.model import Model
from rolecall.ids.name_types import Name

OUT_OF_SCOPE = "out-of-scope"
# The section of projects, and the folder whose files hold one each.
PROJECTS = "projects"
PLATFORM = "platform"


class Inclusion(Model):
    """Files that belong to the contract, and what they may hold."""

    path: Annotated[str, Field(min_length=1)]
    """the files, relative to this one; `*` and `**` match"""
    only: Literal["projects", "platform"] | list[str] | None = None
    """`projects`: each file holds the one project that it is named after; `platform`: anything; or names of sections.
    Without it, `projects` for files in a folder `projects`, else `platform`"""
    projects: list[Name] | None = Field(default=None, min_length=1)
    """the projects that the files may declare, where these differ from the files' names"""


@dataclass(frozen=True)
class FileScope:
    """What one file may hold.

    Attributes:
        sections: names of sections; None is all.
        projects: names of projects; None is all.
        said: where the contract includes the file; None for its main file.
    """

    sections: frozenset[str] | None = None
    projects: frozenset[str] | None = None
    said: Place | None = None

    @property
    def is_platform(self) -> bool:
        """Whether the file may hold anything."""
        return self.sections is None

    def __str__(self) -> str:
        """Return it for messages: `the project 'churn'`."""
        if self.sections is None:
            return "the whole platform"
        if self.sections == {PROJECTS} and self.projects is not None:
            names = sorted(self.projects)
            return f"the project{'s' if len(names) > 1 else ''} {', '.join(map(repr, names))}"
        return f"the section{'s' if len(self.sections) > 1 else ''} {', '.join(sorted(self.sections))}"


PLATFORM_SCOPE = FileScope()


def scope_of(inclusion: Inclusion, file: FilePath, folders: Iterable[str], said: Place) -> FileScope:
    """Return what an included file may hold.

    Args:
        inclusion: how it is included.
        file: the file, links not followed: its name is that of its project.
        folders: names of the folders between the contract's main file and this one.
        said: where it is included.
    """
    only: str | list[str] | None = inclusion.only
    if only is None:
        in_projects = PROJECTS in (folder.casefold() for folder in folders)
        only = PROJECTS if inclusion.projects is not None or in_projects else PLATFORM
    if only == PLATFORM:
        return FileScope(said=said)
    sections = [only] if isinstance(only, str) else only
    return FileScope(frozenset(sections), frozenset(inclusion.projects or [file.stem]), said)


def out_of_scope(
    document: Mapping[str, Any], scope: FileScope, file: FilePath, places: Places, known: Mapping[str, Any]
) -> Iterator[Problem]:
    """Yield a problem for each part of a file that it may not hold.

    Args:
        document: the file as plain values.
        scope: what it may hold.
        file: the file.
        places: where its values stand.
        known: the sections that a contract has.
    """
    if scope.sections is None:
        return
    for key, value in document.items():
        if key not in scope.sections:
            what = f"{file.name} holds `{key}`, and may hold nothing but {scope} ({scope.said} includes it)"
            how = (
                f"Move `{key}` to a platform file, or let that line say what the file may hold: {{path: …, only: …}}."
                if key in known
                else one_of(key, scope.sections)
            )
            yield Problem(OUT_OF_SCOPE, places.of(key), what, how)
        elif key == PROJECTS and scope.projects is not None and isinstance(value, dict):
            for name in value:
                if name not in scope.projects:
                    what = f"{file.name} holds the project {name!r}, and may hold nothing but {scope} ({scope.said})"
                    how = "A file of a project is named after it. Move the project to a file of its own name."
                    yield Problem(OUT_OF_SCOPE, places.of(PROJECTS, name), what, how)
