"""Load a contract: read its files, replace variables, take bundles in, validate, and report all problems at once."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path as FilePath

from pydantic import ValidationError

from rolecall.contract.checks import check
from rolecall.contract.contract import Contract, cache_job_settings, contract_model
from rolecall.contract.environment_variables import (
    CREDENTIAL,
    HIDDEN_SECRET,
    MISPLACED,
    MISTYPED,
    UNDECLARED,
    EnvironmentValues,
    substitute,
)
from rolecall.contract.files import IncludedFiles, read_files
from rolecall.contract.from_environment import environment_fields
from rolecall.contract.inclusion import take_bundles
from rolecall.contract.lifecycle import take_steps
from rolecall.contract.misread_values import misread_values
from rolecall.contract.problems import problems_of
from rolecall.contract.repository import MISSING, OUTSIDE
from rolecall.contract.scope_checks import check_packs, check_scopes
from rolecall.contract.scopes import FileScope
from rolecall.contract.secrets import SECRET, credentials_in
from rolecall.contract.service_accounts import take_service_accounts
from rolecall.contract.source import Places
from rolecall.contract.texts import COMPOSED, HIDDEN_CHARACTER, NOT_COMPOSED, UNSEEN, text_problems
from rolecall.errors import InvalidContract, Problem
from rolecall.kinds.job import TARGETS

# Problems of a value of which nothing more has to be said: what is left of it is not valid either.
TELLS_ALL = ("missing-environment-variable", UNDECLARED, MISPLACED, MISTYPED, CREDENTIAL)


# What stands in paths for a target of a bundle: no key of the contract or of the bundle's job.
_TARGET = re.compile(rf"(\.jobs\.[\w-]+)\.{TARGETS}\.[\w-]+")


@dataclass(frozen=True)
class LoadedContract:
    """A valid contract, and the file and line of everything in it."""

    contract: Contract
    places: Places
    files: tuple[str, ...]
    scopes: Mapping[str, FileScope] = field(default_factory=dict)
    """what each file may hold"""
    inclusions: tuple[IncludedFiles, ...] = ()
    """what the files include"""
    bundles: Mapping[str, frozenset[str]] = field(default_factory=dict)
    """the projects that take jobs of each file of a bundle"""
    warnings: tuple[str, ...] = ()
    """warnings about the bundles"""
    values: EnvironmentValues = field(default_factory=EnvironmentValues, repr=False)
    bundle_jobs: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """the names of the jobs that are taken of bundles, by the bundle's main file"""
    """what came from the environment, and is not shown"""


def load_contract(
    path: FilePath, environment: Mapping[str, str] | None = None, *, placeholders: bool = False
) -> LoadedContract:
    """Read and validate a contract with everything that it includes.

    Args:
        path: the contract's main file.
        environment: environment variables; those of this process when not given.
        placeholders: replace unset variables by placeholders; use the result for validation only.

    Raises:
        InvalidContract: something is wrong; every problem that can be found is listed.
    """
    problems: list[Problem] = []
    read = read_files(path, problems)
    if problems:
        raise InvalidContract(EnvironmentValues().hide(problems))
    value, places = read.tree, read.places
    variables = os.environ if environment is None else environment
    values = substitute(value, variables, places, problems, environment_fields(Contract), placeholders=placeholders)
    bundles = take_bundles(value, places, problems, read.repository)
    of_texts, secrets = text_problems(value, places, credentials_in(variables))
    # What a contract takes of a bundle has been looked at with the bundle.
    known = {problem.place for problem in problems if problem.id == SECRET}
    problems += [one for one in of_texts if one.id != SECRET or one.place not in known]
    values = replace(values, secrets=frozenset(secrets.values()))
    take_steps(value, places, problems)
    take_service_accounts(value)
    model = contract_model(value)
    try:
        contract = model.model_validate(value)
    except ValidationError as error:
        reported = {problem.place for problem in problems if problem.id in TELLS_ALL}
        found = problems_of(error, model, places, {**values.written, **dict.fromkeys(secrets, HIDDEN_SECRET)})
        reported_texts = {
            problem.place for problem in found if UNSEEN in problem.allowed or COMPOSED in problem.allowed
        }
        problems = [
            one for one in problems if one.place not in reported_texts or one.id not in (HIDDEN_CHARACTER, NOT_COMPOSED)
        ]
        problems += _once(one for one in found if one.place not in reported)
        raise InvalidContract(values.hide(problems)) from error
    cache_job_settings(contract)
    # A job that its bundle does not have has no tasks either; saying both would send the reader to the wrong place.
    not_taken = any(problem.id in ("unknown-bundle-job", MISSING, OUTSIDE) for problem in problems)
    found = check(contract, places)
    found += misread_values(value, contract, places)
    found += check_scopes(contract, places, read.scopes)
    found += check_packs(contract, places, read.repository, path)
    problems += [one for one in found if not (not_taken and one.id == "job-without-tasks")]
    if problems:
        raise InvalidContract(values.hide(problems))
    files, inclusions = tuple(read.scopes), tuple(read.inclusions)
    users, warnings = bundles.users, bundles.warnings
    return LoadedContract(
        contract, places, files, read.scopes, inclusions, users, warnings, values, bundle_jobs=bundles.jobs
    )


def _once(problems: Iterable[Problem]) -> list[Problem]:
    """Return problems without repetitions: what all targets of a bundle have in common is validated for each."""
    shared = (replace(one, what=_TARGET.sub(r"\1", one.what)) for one in problems)
    return [*dict.fromkeys(shared)]
