"""Which slices a contract has, and in which order they are deployed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from rolecall.contract.cluster import makes_certificates
from rolecall.contract.contract import Contract
from rolecall.contract.metastore_privileges import metastore_grants
from rolecall.contract.naming import stack_name
from rolecall.contract.objects import objects_of
from rolecall.contract.problems import one_of
from rolecall.errors import InvalidContract, Problem
from rolecall.kinds.registry import SECTIONS
from rolecall.stack_names import ACCOUNT_STACK


@dataclass(frozen=True)
class Slice:
    """A part of the contract with a stack of its own.

    `account` holds what all environments share, ENVIRONMENT.PROJECT what a project has in an environment, and
    ENVIRONMENT who may use the environment's catalog: the one list that names subjects of several projects.

    Attributes:
        environment: the environment; None for the account.
        project: the project; None where it is no project's.
    """

    environment: str | None = None
    project: str | None = None

    @property
    def stack(self) -> str:
        """The name of its stack."""
        if self.environment is None:
            return ACCOUNT_STACK
        return stack_name(self.environment, self.project) if self.project else self.environment


ACCOUNT = Slice()


def place_named(stack: str) -> tuple[str, str]:
    """Return a stack's environment and project by its name, each empty where it has none.

    Only for what knows no more than the name, as a state that an older Rolecall has written: the name of an environment
    may contain a '.', and is cut there.
    """
    if stack == ACCOUNT_STACK:
        return "", ""
    environment, _, project = stack.partition(".")
    return environment, project


def layers_of(contract: Contract) -> list[list[Slice]]:
    """Return all slices; those of a layer need only what earlier layers hold, and none of their own.

    Groups, workspaces and catalogs come first, then the projects, and last who may use a catalog: that list names the
    projects' service principals.
    """
    projects = [
        Slice(environment, project)
        for environment in contract.environments
        for project in contract.projects
        if _has_objects(contract, environment, project)
    ]
    catalogs = [Slice(name) for name, environment in contract.environments.items() if environment.catalog]
    shared = [ACCOUNT] if _shares_anything(contract) else []
    return [layer for layer in (shared, projects, catalogs) if layer]


def _shares_anything(contract: Contract) -> bool:
    """Return whether environments share anything that Rolecall writes; groups are, where it writes the account."""
    return (
        contract.databricks.has_account
        or any(workspace.has_settings for workspace in contract.workspaces.values())
        or any(True for _ in metastore_grants(contract))
        or any(environment.catalog for environment in contract.environments.values())
        or any(makes_certificates(cluster) for cluster in contract.clusters.values())
        or any(job.counterparts for project in contract.projects.values() for job in project.jobs.values())
    )


def _has_objects(contract: Contract, environment: str, project: str) -> bool:
    return any(any(True for _ in objects_of(contract, environment, kind, project)) for kind in SECTIONS)


def slice_named(contract: Contract, stack: str) -> Slice:
    """Return the slice that a stack is for.

    Raises:
        InvalidContract: the contract has none of that name.
    """
    stacks = {one.stack: one for layer in layers_of(contract) for one in layer}
    if stack not in stacks:
        what = f"the contract has no environment or project for a stack {stack!r}"
        raise InvalidContract([Problem("unknown-stack", None, what, one_of(stack, stacks))])
    return stacks[stack]


def chosen(contract: Contract, names: Iterable[str], others: Callable[[], Iterable[str]] = tuple) -> list[list[Slice]]:
    """Return the layers of slices that some names mean: `account`, an environment with its projects, or a stack.

    Args:
        contract: the contract.
        names: the names; none means all slices.
        others: returns all stacks that there are, those included that the contract has no slice for any more.

    Raises:
        InvalidContract: the contract has nothing of a name.
    """
    layers = layers_of(contract)
    wanted = set(names)
    known = {one.stack for layer in layers for one in layer} | {ACCOUNT_STACK, *contract.environments}
    unknown = sorted(wanted - known)
    if unknown:
        there = [*others()]
        known |= {name for stack in there for name in (stack, stack.partition(".")[0])}
    problems = [
        Problem("unknown-environment", None, f"the contract has no environment or stack {name!r}", one_of(name, known))
        for name in unknown
        if name not in known
    ]
    if problems:
        raise InvalidContract(problems)
    if not wanted:
        return layers
    found = [[one for one in layer if {one.stack, one.environment} & wanted] for layer in layers]
    return [layer for layer in found if layer]
