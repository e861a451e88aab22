"""Facts about the organization that rules use: from the contract, or from parameters without one.

Rules read only the properties of declared resources. Some also need three of the organization's
decisions: its break-glass group, its protected environments, and the groups bound there.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from rolecall.contract.cluster import Mesh
from rolecall.contract.naming import (
    ALL_USERS,
)
from rolecall.contract.removal_override import RemovalOverride
from rolecall.contract.resource_names import ResourceKey, resource_keys
from rolecall.errors import Place
from rolecall.ids.id_text import id_text
from rolecall.policies.exemptions import NO_EXEMPTIONS, Exemptions
from rolecall.policies.hosts import DOMAINS, NO_HOSTS, Hosts, address, environments_of, host_of
from rolecall.policies.identity_facts import IdentityFacts
from rolecall.policies.properties import Unknown
from rolecall.policies.resource import Resource
from rolecall.policies.state import principals_by_stack, workspaces_in_states
from rolecall.policies.types import ACCESS_CONTROL_RULE_SET

# Defaults of parameters.
MAX_IDLE_MINUTES = 120
REQUIRED_TAGS = ("project", "environment", "owner")
# The oldest Databricks Runtime with long-term support that gets fixes in November 2026.
OLDEST_RUNTIME = "14.3"
MAX_TOKEN_DAYS = 90
MAX_WORKERS = 32
MAX_RUNS = 10
MAX_WAREHOUSE_SIZE = "Large"
MAX_WAREHOUSE_CLUSTERS = 5


# Parameters that are copied unchanged, with their types.
_TAKEN: Mapping[str, type[int] | type[str]] = {
    "max_idle_minutes": int,
    "max_token_days": int,
    "max_workers": int,
    "max_runs": int,
    "max_warehouse_clusters": int,
    "oldest_runtime": str,
    "max_warehouse_size": str,
}
# Parameters that are lists of texts.
_LISTS: Mapping[str, str] = {
    "required_tags": "required_tags",
    "allowed_types": "allowed_types",
    "account_issuers": "account_issuers",
    "hosts": "allowed_hosts",
    "destinations": "destinations",
}


# Facts that a rule may require.
Fact = Literal["break_glass", "production", "catalogs"]


@dataclass(frozen=True)
class Context:
    """The organization's facts and limits that rules compare resources with.

    Attributes:
        is_known: there is a contract, or parameters that stand for it.
        failure: why the contract cannot be read; None when it can.
        break_glass: the break-glass group.
        break_glass_resource: the name of its resources.
        no_break_glass: the reason that the contract states for having no break-glass group.
        group_keys: the contract's keys of groups whose name in the account differs now, by that name.
        orchestrator_keys: the same for names in orchestrators.
        protected: stacks of protected environments.
        bound: for each stack, the groups that the contract binds in its environment.
        max_idle_minutes: the longest time after which idle clusters have to end.
        required_tags: tags that every resource must have.
        oldest_runtime: the oldest Databricks Runtime that may be used.
        max_token_days: how many days personal access tokens may last.
        max_workers: how many workers a cluster may have.
        max_runs: how many runs of a job may go on at once.
        max_warehouse_size: the largest size of SQL warehouses.
        max_warehouse_clusters: how many clusters a SQL warehouse may have.
        has_contract: there is a contract, and not only parameters.
        break_glass_id: id of the break-glass group in the Databricks account, if known.
        hosts: addresses of the organization's workspaces and account.
        account_id: id of the Databricks account.
        deployer: application id of the service principal that deploys.
        allowed_hosts: more addresses that programs may write to.
        places: file and line in the contract, by the resource's position in Pulumi's tree.
        allowed_types: types of resources that are used although no rule judges them; PACKAGE:* for all of a package.
        destinations: hosts and domains that workspaces may send messages, prompts and logs to.
        account_issuers: addresses of issuers whose tokens may speak for all people of the account.
        identity: the contract's groups; None without a contract.
        exemptions: which resources may break which rules.
        removal_overrides: the contract's permissions to weaken settings.
        own_program: the program is Rolecall's own, and no one else's: a run of `rolecall` sets it.
        principals: application ids of the service principals allowed rights in production; None without a
            contract or parameter that lists them.
        principal_marks: external ids of the contract's service principals.
        workloads: by service principal, issuer and subject of the workloads that may authenticate as it.
        counterparts: the principals that may run in each counterpart of the contract's jobs, by its name.
        meshes: the mesh of each Kubernetes cluster.
        now: the time, in seconds since 1970.
    """

    is_known: bool = False
    failure: str | None = None
    break_glass: str | None = None
    break_glass_resource: str | None = None
    no_break_glass: str | None = None
    group_keys: Mapping[str, str] = field(default_factory=dict)
    orchestrator_keys: Mapping[str, str] = field(default_factory=dict)
    protected: frozenset[str] = frozenset()
    bound: Mapping[str, frozenset[str]] = field(default_factory=dict)
    max_idle_minutes: int = MAX_IDLE_MINUTES
    required_tags: tuple[str, ...] = REQUIRED_TAGS
    oldest_runtime: str = OLDEST_RUNTIME
    max_token_days: int = MAX_TOKEN_DAYS
    max_workers: int = MAX_WORKERS
    max_runs: int = MAX_RUNS
    max_warehouse_size: str = MAX_WAREHOUSE_SIZE
    max_warehouse_clusters: int = MAX_WAREHOUSE_CLUSTERS
    has_contract: bool = False
    break_glass_id: str | None = None
    hosts: Hosts = NO_HOSTS
    account_id: str | None = None
    deployer: str | None = None
    allowed_hosts: tuple[str, ...] = ()
    places: Mapping[ResourceKey, Place] = field(default_factory=dict)
    allowed_types: tuple[str, ...] = ()
    destinations: tuple[str, ...] = ()
    account_issuers: tuple[str, ...] = ()
    identity: IdentityFacts | None = None
    exemptions: Exemptions = NO_EXEMPTIONS
    removal_overrides: tuple[RemovalOverride, ...] = ()
    own_program: bool = False
    principals: frozenset[str] | None = None
    principal_marks: frozenset[str] = frozenset()
    workloads: Mapping[ResourceKey, frozenset[tuple[str, str]]] | None = None
    counterparts: Mapping[str, frozenset[str]] | None = None
    meshes: Mapping[str, Mesh] = field(default_factory=dict)
    now: float = field(default_factory=time.time)

    def knows(self, fact: Fact) -> bool:
        """Return whether a contract or parameters exist."""
        fields = {"break_glass": self.break_glass, "production": self.protected, "catalogs": self.hosts.catalogs}
        return self.has_contract or bool(fields[fact])

    def with_parameters(self, parameters: Mapping[str, Any]) -> Context:
        """Return the context with a rule's parameters over it."""
        if not parameters:
            return self
        taken: dict[str, Any] = {name: kind(parameters[name]) for name, kind in _TAKEN.items() if name in parameters}
        taken |= {to: tuple(map(str, parameters[name])) for name, to in _LISTS.items() if name in parameters}
        changed = replace(self, **taken)
        if parameters.get("break_glass_group"):
            group = parameters["break_glass_group"]
            changed = replace(
                changed, is_known=True, failure=None, break_glass=group, break_glass_resource=group, no_break_glass=None
            )
        if parameters.get("break_glass_id"):
            changed = replace(changed, break_glass_id=id_text(parameters["break_glass_id"]))
        if parameters.get("principals"):
            payload = frozenset(map(str, parameters["principals"]))
            changed = replace(changed, principals=payload | (changed.principals or frozenset()))
        if parameters.get("production"):
            changed = _with_production(changed, parameters["production"])
        if parameters.get("production_catalogs"):
            changed = _with_catalogs(changed, parameters["production_catalogs"])
        return changed

    def hosts_for(self, resource: Resource) -> Hosts:
        """Return the organization's addresses, including workspaces created by the resource's project."""
        return self.hosts.with_addresses(workspaces_in_states(resource.urn)) if self.hosts.unlisted else self.hosts

    def production_of(self, resource: Resource) -> frozenset[str]:
        """Return the protected environments in which a resource may take effect: by its workspace, not by its name."""
        known = frozenset(self.bound) | self.protected
        payload = environments_of(
            resource,
            self.hosts_for(resource),
            known,
            self.protected,
            own_program=self.own_program,
            is_known_elsewhere=self._is_of_a_principal_elsewhere(resource),
        )
        return payload & self.protected

    def production_around(self, resource: Resource) -> frozenset[str]:
        """Return the protected environments that a resource cannot leave: all readers of its workspace are bound there.

        `production_of` returns the environments affected. The program's author names the stack: it is not trusted.
        """
        hosts = self.hosts_for(resource)
        if self.own_program or not hosts.is_known:
            return self.production_of(resource)
        try:
            host = host_of(resource, hosts)
        except Unknown:
            # It is judged again once the address is known.
            return self.production_of(resource)
        there = hosts.environments.get(host or "", frozenset())
        return there if there <= self.protected else frozenset()

    def _is_of_a_principal_elsewhere(self, resource: Resource) -> bool:
        """Return whether a resource lists the users of a principal that no production stack has created.

        Such a list is named accounts/ACCOUNT/servicePrincipals/APPLICATION_ID/ruleSets/default. An unknown name
        is that of a principal which the same program makes.
        """
        if resource.type != ACCESS_CONTROL_RULE_SET:
            return False
        name = resource.properties.known_or_none("name")
        if name is None:
            return True
        _, sort, application_id = f"{str(name).partition('/ruleSets/')[0]}//".split("/", 4)[1:4]
        made = principals_by_stack(resource.urn)
        if sort != "servicePrincipals" or made is None:
            return False
        return not any(application_id in ids and self.stage_of(stack) in self.protected for stack, ids in made.items())

    def key_of(self, group: str | None, *, in_orchestrator: bool) -> str | None:
        """Return the contract's key of the group that a list names; another name is returned as it is.

        Groups are identified by id: a group with a former name of one of the contract's is another group.
        """
        keys = self.orchestrator_keys if in_orchestrator else self.group_keys
        if group is None or group in keys:
            return keys.get(group or "")
        return f"{group} (not the contract's group)" if group in keys.values() else group

    def stage_of(self, stack: str) -> str:
        """Return the environment, or the group of stacks, that a stack belongs to: ENVIRONMENT of ENVIRONMENT.PROJECT.

        An unknown stack is its own environment.
        """
        known = {*self.protected, *self.bound}
        parts = stack.split(".")
        candidates = [".".join(parts[:length]) for length in range(len(parts), 0, -1)]
        return next((one for one in candidates if one in known), stack)

    def place_of(self, urn: str) -> Place | None:
        """Return where the contract declares a resource, or the object that the resource belongs to."""
        return next((self.places[key] for key in resource_keys(urn) if key in self.places), None) if urn else None


def _with_production(context: Context, production: Mapping[str, Iterable[str]]) -> Context:
    """Return the context with production as a parameter declares it: groups by workspace address, or by stack."""
    fields = {_address_or_stack(name): frozenset({*groups, *ALL_USERS}) for name, groups in production.items()}
    group = {context.break_glass} if context.break_glass else set()
    bound = {name: groups | group for name, groups in fields.items()}
    addresses = {name: frozenset({name}) for name in bound if _is_address(name)}
    hosts = replace(context.hosts, environments={**context.hosts.environments, **addresses})
    protected = frozenset(bound)
    return replace(context, is_known=True, failure=None, protected=protected, bound=bound, hosts=hosts)


def _with_catalogs(context: Context, catalogs: Iterable[str]) -> Context:
    """Return the context with the catalogs of production as a parameter declares them."""
    protected = context.protected or frozenset({"production"})
    fields = {str(name): protected for name in catalogs}
    hosts = replace(context.hosts, catalogs={**context.hosts.catalogs, **fields})
    return replace(context, is_known=True, failure=None, protected=protected, hosts=hosts)


def _is_address(name: str) -> bool:
    return "://" in name or name.endswith(DOMAINS)


def _address_or_stack(name: str) -> str:
    return address(name) if _is_address(name) else name
