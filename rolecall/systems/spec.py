"""A system, as its package publishes it under the entry-point group `rolecall.systems`."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rolecall.access.effective import Access
from rolecall.access.observation import Observation, Role, System
from rolecall.contract.contract import Contract
from rolecall.ids.names import RenderedName
from rolecall.plugins import Lazy
from rolecall.systems.managed_groups import ManagedGroups
from rolecall.systems.orchestrator import Counterparts, Orchestrator
from rolecall.systems.resource import Function, Resource
from rolecall.systems.starter import Starter

if TYPE_CHECKING:
    # It imports asyncio and SQLite, which most commands do without.
    from pyrate_limiter import Rate

Names = Callable[[Contract], Iterator[RenderedName]]
Observe = Callable[[Contract, Access, tuple[str, ...], Mapping[str, str]], Observation]


@dataclass(frozen=True, kw_only=True)
class IdentityFeatures:
    """Features of an identity provider that a contract may use.

    Attributes:
        automatic: Databricks reads its people and groups itself (automatic identity management).
        pushes_nested: its provisioning (SCIM) includes the members of nested groups.
        azure: service principals of Databricks can have an application in it that signs in to Azure.
    """

    automatic: bool = False
    pushes_nested: bool = True
    azure: bool = False


@dataclass(frozen=True, kw_only=True)
class SystemSpec(System):
    """A system: how parity reads it, and how its resources are declared, named and served.

    Callables import their modules on the first call, because a vendor's SDK may take seconds to import.

    Attributes:
        title: the name in messages.
        names: returns a function that yields the names of a contract's objects there.
        resources: returns the resource types that the native provider serves; tokens begin with `rolecall:NAME:`.
        functions: returns the functions that it serves.
        sign_in: returns how to sign in, for error messages.
        orchestrator: returns how counterparts are declared; only orchestrators have it.
        identity: features of an identity provider; no other system has them.
        managed_groups: returns how groups that Rolecall manages are declared; only identity providers have it.
        pace: returns the most requests that write in a time; without one, nothing is known of it.
        starter: returns its part of the repository that `rolecall init` writes; without one, `init` does not offer it.
    """

    title: str
    names: Callable[[], Names]
    resources: Callable[[], Sequence[type[Resource[Any]]]]
    functions: Callable[[], Sequence[type[Function[Any]]]] = tuple
    sign_in: Callable[[], str]
    orchestrator: Callable[[], Orchestrator] | None = None
    identity: IdentityFeatures | None = None
    managed_groups: Callable[[], ManagedGroups] | None = None
    pace: Callable[[], Rate] | None = None
    starter: Callable[[], Starter] | None = None

    def __post_init__(self) -> None:
        """Require the fields that the role needs, and reject them for other roles."""
        if self.is_orchestrator != (self.orchestrator is not None):
            raise ValueError(f"{self.name}: `orchestrator` belongs to systems of the role {Role.ORCHESTRATOR}")
        if (self.role is Role.IDENTITY_PROVIDER) != (self.managed_groups is not None):
            raise ValueError(f"{self.name}: `managed_groups` belongs to systems of the role {Role.IDENTITY_PROVIDER}")


def address_in(title: str, variable: str, default: str = "") -> Callable[[], Mapping[str, str]]:
    """Return a function that returns a system's address by title, from an environment variable.

    Args:
        title: the name in messages.
        variable: the environment variable.
        default: the address when the variable is unset; without one there is no address then.
    """

    def addresses() -> Mapping[str, str]:
        address = os.environ.get(variable) or default
        return {title: address} if address else {}

    return addresses


def packaged(package: str, name: str, observe: Observe, *, title: str, role: Role, **more: Any) -> SystemSpec:
    """Return the spec of a system whose package has the usual modules.

    These are `names` (`rendered`), `resources` (`RESOURCES`, `FUNCTIONS`) and `signing_in` (`SIGN_IN`); for an
    orchestrator also `counterpart` (`ORCHESTRATOR`), for an identity provider `managed_groups` (`GROUPS`).

    Args:
        package: the package.
        name: its name in contracts, results and types.
        observe: reads it.
        title: the name in messages.
        role: its purpose.
        more: other fields of the spec; `address` in place of `addresses` names the environment variable with its only
            address.
    """
    orchestrates = role is Role.ORCHESTRATOR
    if "address" in more:
        more["addresses"] = address_in(title, more.pop("address"))
    return SystemSpec(
        name,
        observe,
        title=title,
        role=role,
        names=Lazy(f"{package}.names", "rendered"),
        resources=Lazy(f"{package}.resources", "RESOURCES"),
        functions=Lazy(f"{package}.resources", "FUNCTIONS"),
        sign_in=Lazy(f"{package}.signing_in", "SIGN_IN"),
        orchestrator=Lazy(f"{package}.counterpart", "ORCHESTRATOR") if orchestrates else None,
        managed_groups=Lazy(f"{package}.managed_groups", "GROUPS") if role is Role.IDENTITY_PROVIDER else None,
        **more,
    )


def identity_provider_spec(name: str, package: str, title: str, **more: Any) -> SystemSpec:
    """Return the spec of an identity provider; its module `observe` has `observe(contract)`.

    Args:
        name: its name in contracts, results and types.
        package: its package, as in `packaged`.
        title: the name in messages.
        more: other fields of the spec, among them `address`, `does_not_read` and `identity`.
    """

    def observe(contract: Contract, *_: object) -> Observation:
        return Lazy[Callable[[Contract], Observation]](f"{package}.observe", "observe")()(contract)

    def concerns(contract: Contract) -> bool:
        return contract.identity is not None and contract.identity.provider == name

    more = {"identity": IdentityFeatures(), **more}
    return packaged(package, name, observe, title=title, role=Role.IDENTITY_PROVIDER, concerns=concerns, **more)


def orchestrator_spec(name: str, package: str, title: str, **more: Any) -> SystemSpec:
    """Return the spec of an orchestrator; its module `observe` has `observe(contract, given, group_names)`.

    Args:
        name: its name in contracts, results and types.
        package: its package, as in `packaged`.
        title: the name in messages.
        more: other fields of the spec, among them `address`, `does_not_read` and `counterpart_types`.
    """

    def observe(contract: Contract, given: Access, _: object, group_names: Mapping[str, str]) -> Observation:
        reads = Lazy[Callable[[Contract, Access, Mapping[str, str]], Observation]](f"{package}.observe", "observe")
        return reads()(contract, given, group_names)

    def concerns(contract: Contract) -> bool:
        counterparts = Counterparts(name, contract)
        return any(counterparts.jobs(environment) for environment in contract.environments)

    def given(contract: Contract, access: Access) -> Access:
        return Counterparts(name, contract).access(access)

    return packaged(package, name, observe, title=title, role=Role.ORCHESTRATOR, concerns=concerns, given=given, **more)
