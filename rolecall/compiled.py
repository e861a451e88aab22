"""A contract that is loaded, compiled, and known to fit the systems: what every command starts from."""

from __future__ import annotations

import gc
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rolecall.access import Compilation, compile_contract
from rolecall.access.effective import Access
from rolecall.contract import Contract, LoadedContract, load_contract
from rolecall.contract.problems import one_of
from rolecall.errors import InvalidContract, Problem, UsageError
from rolecall.kinds.job import settings_in
from rolecall.kinds.job_settings import unknown_settings
from rolecall.systems.databricks.trusted_hosts import allow_hosts
from rolecall.systems.identity_provider_checks import check_identity_provider
from rolecall.systems.name_checks import check_names
from rolecall.systems.orchestrator_checks import check_orchestrators


@dataclass(frozen=True)
class CompiledContract:
    """A valid contract, its grants with their reasons, and the access that they amount to."""

    loaded: LoadedContract
    compilation: Compilation

    @property
    def access(self) -> Access:
        """The highest verb of each subject on each object."""
        return self.compilation.access

    @property
    def contract(self) -> Contract:
        """The contract."""
        return self.loaded.contract


def compile_file(
    path: Path,
    today: date,
    environment: Mapping[str, str] | None = None,
    *,
    placeholders: bool = False,
    judged: bool = True,
) -> CompiledContract:
    """Load and compile a contract.

    Args:
        path: the contract's main file.
        today: the day for which bindings count.
        environment: environment variables; those of this process when not given.
        placeholders: replace unset variables by placeholders; use the result for validation only.
        judged: refuse escalations without an acceptance and violated invariants; commands that only query
            about the access do not.

    Raises:
        InvalidContract: something is wrong with it, or a system cannot hold what it says.
    """
    with _without_garbage_collection():
        loaded = load_contract(path, environment, placeholders=placeholders)
        allow_hosts(loaded.contract.allowed_hosts)
        compilation = compile_contract(loaded.contract, loaded.places, today)
        problems = [
            *compilation.problems,
            *(compilation.refusals if judged else ()),
            *_settings_not_deployable(loaded),
            *check_identity_provider(loaded),
            *check_orchestrators(loaded, compilation.access),
            *check_names(loaded),
        ]
    if problems:
        raise InvalidContract(loaded.values.hide(problems))
    return CompiledContract(loaded, compilation)


@contextmanager
def _without_garbage_collection() -> Iterator[None]:
    """Collect no cyclic garbage: almost everything that is made here stays, and looking through it takes half the time.

    What is not part of a cycle is freed as ever; what is made here is left out of later collections as well.
    """
    enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if enabled:
            gc.freeze()
            gc.enable()


def _settings_not_deployable(loaded: LoadedContract) -> Iterator[Problem]:
    """Find settings that the Jobs API has and the Databricks provider lacks: they would be dropped without a word."""
    for project_name, project in loaded.contract.projects.items():
        for name, job in project.jobs.items():
            seen: set[tuple[str | int, ...]] = set()
            for environment in loaded.contract.environments_of(job):
                for path in unknown_settings(settings_in(job, environment)):
                    if path not in seen:
                        seen.add(path)
                        place = loaded.places.of("projects", project_name, "jobs", name, *path)
                        what = (
                            f"{'.'.join(map(str, path))} cannot be deployed by this version of the Databricks provider"
                        )
                        yield Problem("setting-not-deployable", place, what, "Take it out of the job.")


def environment_named(contract: Contract, name: str) -> str:
    """Return an environment's name if the contract has it.

    Raises:
        InvalidContract: it has none of that name.
    """
    if name not in contract.environments:
        what = f"the contract has no environment {name!r}"
        raise InvalidContract([Problem("unknown-environment", None, what, one_of(name, contract.environments))])
    return name


def require_deployer(contract: Contract, environment: Mapping[str, str], *, previews: bool = False) -> None:
    """Require that a run signs in as the deployer; a preview may also sign in as the previewer.

    The lists that another principal would write leave that principal out.

    Args:
        contract: the contract.
        environment: environment variables; where they name no service principal, the caller is not known.
        previews: whether the run only previews.

    Raises:
        UsageError: DATABRICKS_CLIENT_ID is another principal.
    """
    caller, deployer = _caller(environment), contract.databricks.deployer
    if not caller or caller == deployer.casefold():
        return
    if is_previewer(contract, environment):
        if previews:
            return
        raise UsageError(
            f"this run signs in as {caller}, which `databricks.previewer` allows to preview only",
            f"Sign in as the deployer, {deployer}.",
        )
    raise UsageError(
        f"this run signs in as {caller}, the contract's deployer is {deployer}: it would remove its own access",
        "Sign in as the deployer. To let another principal deploy, make it administrator of the account and the "
        "workspaces, write its application id as `databricks.deployer`, and sign in as it. To let it preview, write it "
        "as `databricks.previewer`.",
    )


def is_previewer(contract: Contract, environment: Mapping[str, str]) -> bool:
    """Return whether the environment signs in as the principal that may only preview."""
    previewer = contract.databricks.previewer
    return previewer is not None and _caller(environment) == previewer.casefold()


def _caller(environment: Mapping[str, str]) -> str:
    return environment.get("DATABRICKS_CLIENT_ID", "").casefold()
