"""A repository with a platform's files and one file for each project, as its owners keep it apart."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import pytest

from rolecall.compiled import CompiledContract, compile_file
from rolecall.errors import InvalidContract, Problem
from tests.support.contracts import HEAD, TODAY, VARIABLES, write
from tests.support.contracts import project as project_text

INCLUDE = "include: [{path: projects/*.yaml, only: projects}]\n"


def project(name: str, more: str = "") -> str:
    """Return the file of a project; `more` is added to what it says."""
    return project_text(name, more=more)


def repository(folder: Path, files: Mapping[str, str] | None = None, head: str = INCLUDE + HEAD) -> Path:
    """Write a repository with the projects churn and fraud, and files beside or instead; return the main file."""
    (folder / ".git").mkdir(parents=True, exist_ok=True)
    own = {"contract/projects/churn.yaml": project("churn"), "contract/projects/fraud.yaml": project("fraud")}
    for name, text in {**own, **(files or {})}.items():
        write(folder, text, name)
    return write(folder, head, "contract/contract.yaml")


def load(main: Path, variables: Mapping[str, str] | None = None, today: date = TODAY) -> CompiledContract:
    """Compile a contract."""
    return compile_file(main, today, VARIABLES if variables is None else variables)


def problems(main: Path, variables: Mapping[str, str] | None = None) -> list[Problem]:
    """Return what is wrong with a contract, which has to be something."""
    with pytest.raises(InvalidContract) as caught:
        load(main, variables)
    return caught.value.problems


def ids(found: list[Problem]) -> set[str]:
    """Return the ids of problems."""
    return {problem.id for problem in found}
