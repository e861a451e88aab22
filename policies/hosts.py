"""Where a resource takes effect: by the address of the workspace, never by what a program calls itself.

A stack's and a resource's name are chosen by the program's author; the address that a provider talks to is not.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from rolecall.contract.contract import Contract
from rolecall.contract.naming import SYSTEM_CATALOG, object_name
from rolecall.contract.objects import objects_of
from rolecall.kinds.access import SECURABLES
from rolecall.kinds.registry import BY_SECTION
from rolecall.kinds.spec import Scope
from rolecall.policies.properties import Unknown
from rolecall.policies.resource import Resource
from rolecall.policies.types import CATALOG, GRANT, GRANTS, SECRET_ACCESS

# Domains of Databricks, on which the workspaces are that Rolecall makes.
# https://docs.databricks.com/en/workspace/workspace-details.html#workspace-url
DOMAINS = (".databricks.com", ".azuredatabricks.net", ".databricks.us", ".databricks.azure.us", ".databricks.azure.cn")
# Properties of grants that name an object by its full name, which begins with its catalog.
IN_METASTORES = tuple(kind for kind in BY_SECTION.values() if kind.scope is Scope.METASTORE)
IN_CATALOGS = tuple(name for name, one in SECURABLES.items() if one.in_catalog)


@dataclass(frozen=True)
class Hosts:
    """The organization's addresses.

    Attributes:
        environments: the environments of each workspace, by its address.
        unlisted: environments whose workspace has no address that is known, because Rolecall makes it.
        made: environments by the name of each workspace that Rolecall makes.
        account: the account's address.
        catalogs: environments by catalog.
        securables: environments by the property of grants that names an object of a metastore, and its name in small
            letters.
        are_all: whether every workspace is named, as a contract does; else only production is.
        of_run: the address that the environment of the run names, for providers that name none.
    """

    environments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unlisted: frozenset[str] = frozenset()
    made: Mapping[str, frozenset[str]] = field(default_factory=dict)
    account: str | None = None
    catalogs: Mapping[str, frozenset[str]] = field(default_factory=dict)
    securables: Mapping[tuple[str, str], frozenset[str]] = field(default_factory=dict)
    of_run: str | None = None
    are_all: bool = False

    @property
    def is_known(self) -> bool:
        """Whether anything is known of the organization's addresses."""
        return bool(self.environments or self.account)

    def with_addresses(self, addresses: Iterable[tuple[str, str]]) -> Hosts:
        """Return them with the addresses of workspaces that Rolecall has made.

        Args:
            addresses: name and address of each.
        """
        environments, found = dict(self.environments), set[str]()
        for name, host in addresses:
            if name in self.made:
                there = address(host)
                environments[there] = environments.get(there, frozenset()) | self.made[name]
                found |= self.made[name]
        return replace(self, environments=environments, unlisted=self.unlisted - found) if found else self

    def may_be_new(self, host: str) -> bool:
        """Return whether an address may be that of a workspace which Rolecall makes: the contract does not have it."""
        # Emulators serve on this machine.
        return bool(self.unlisted) and (host.endswith(DOMAINS) or host.split(":")[0] in ("127.0.0.1", "localhost"))


NO_HOSTS = Hosts()


def hosts_of_contract(contract: Contract) -> Hosts:
    """Return the addresses that a contract names."""
    environments: dict[str, set[str]] = {}
    catalogs: dict[str, set[str]] = {}
    unlisted: set[str] = set()
    made: dict[str, set[str]] = {}
    for name, environment in contract.environments.items():
        workspace = contract.workspaces.get(environment.workspace)
        if workspace is not None and workspace.host is not None:
            environments.setdefault(address(workspace.host), set()).add(name)
        else:
            unlisted.add(name)
            made.setdefault(environment.workspace, set()).add(name)
        if environment.catalog:
            catalogs.setdefault(environment.catalog, set()).add(name)
    for workspace in contract.workspaces.values():
        if workspace.host is not None:
            environments.setdefault(address(workspace.host), set())
    return Hosts(
        {host: frozenset(names) for host, names in environments.items()},
        frozenset(unlisted),
        {workspace: frozenset(names) for workspace, names in made.items()},
        address(contract.databricks.host),
        {catalog: frozenset(names) for catalog, names in catalogs.items()},
        _securables(contract),
        are_all=True,
    )


def _securables(contract: Contract) -> dict[tuple[str, str], frozenset[str]]:
    """Return the environments of the contract's objects of metastores, which workspaces of others may share."""
    found: dict[tuple[str, str], frozenset[str]] = {}
    for kind in IN_METASTORES:
        for environment in contract.environments:
            for one in objects_of(contract, environment, kind.name):
                name = object_name(contract, kind.name, one.project, one.key, environment).lower()
                mark = (kind.access.object_property, name)
                found[mark] = found.get(mark, frozenset()) | {environment}
    return found


def address(host: str) -> str:
    """Return a host as addresses are compared: name and port, without scheme, path and case."""
    parts = urlsplit(host if "://" in host else f"https://{host}")
    usual = {"https": 443, "http": 80}.get(parts.scheme)
    try:
        port = parts.port
    except ValueError:
        return host
    name = (parts.hostname or "").rstrip(".")
    return name if port in (None, usual) else f"{name}:{port}"


def host_of(resource: Resource, hosts: Hosts) -> str | None:
    """Return the address that a resource is written to, or None where nothing names one.

    Raises:
        Unknown: it is not known during this preview.
    """
    if resource.type == SECRET_ACCESS:
        host = resource.properties.read("workspaceHost")
    else:
        host = resource.provider.properties.read("host") if resource.provider is not None else None
    return address(str(host)) if host else hosts.of_run


def environments_of(
    resource: Resource,
    hosts: Hosts,
    known: frozenset[str],
    protected: frozenset[str],
    *,
    own_program: bool = False,
    is_known_elsewhere: bool = False,
) -> frozenset[str]:
    """Return the environments in which a resource may take effect; an unknown one counts as production.

    Args:
        resource: the resource; its `stack` is the environment in the stack's name.
        hosts: the organization's addresses.
        known: all environments.
        protected: those that are production.
        own_program: the program is Rolecall's own, whose stacks hold what their names say.
        is_known_elsewhere: it is about something of the account that is known to be of no production environment.
    """
    own = frozenset({resource.stack}) & known
    if (catalog := catalog_of(resource)) is not None and hosts.catalogs:
        if catalog == SYSTEM_CATALOG:
            return frozenset()
        if catalog in hosts.catalogs:
            return hosts.catalogs[catalog]
    # Workspaces of several environments may share a metastore.
    named = _of_securable(resource, hosts)
    if own_program and own & named:
        return own
    by_host = _by_host(resource, hosts, own, protected, own_program=own_program, is_known_elsewhere=is_known_elsewhere)
    return named | by_host


def _by_host(
    resource: Resource,
    hosts: Hosts,
    own: frozenset[str],
    protected: frozenset[str],
    *,
    own_program: bool,
    is_known_elsewhere: bool,
) -> frozenset[str]:
    """Return the environments of the address that a resource is written to."""
    try:
        host = host_of(resource, hosts)
    except Unknown:
        # A workspace that is still to be made has no address yet; it is judged again once it has one.
        return own if own & hosts.unlisted or not hosts.is_known else own | protected
    if host is None or not hosts.is_known:
        return own or (protected if hosts.is_known else own)
    if host in hosts.environments:
        there = hosts.environments[host]
        # Only the stack distinguishes environments that share a workspace, which the author of a
        # program names. Where one of them is production, any other program's resource counts as production.
        return own if own & there and (own_program or not there & protected) else there | own
    if host == hosts.account:
        # What is in the account takes effect in every workspace, whatever the stack is called.
        return own if own and (own_program or is_known_elsewhere) else own | protected
    if own & hosts.unlisted and hosts.may_be_new(host):
        # Which of the workspaces that Rolecall makes it is, nothing tells here but the stack's name.
        return own if own_program else own | (hosts.unlisted & protected)
    return own | protected if hosts.are_all else own


def _of_securable(resource: Resource, hosts: Hosts) -> frozenset[str]:
    """Return the environments of the object of a metastore that grants are on; empty for any other resource."""
    if resource.type not in (GRANTS, GRANT):
        return frozenset()
    for kind in IN_METASTORES:
        name = resource.properties.known_or_none(kind.access.object_property)
        if name:
            return hosts.securables.get((kind.access.object_property, str(name).strip("`").lower()), frozenset())
    return frozenset()


def catalog_of(resource: Resource) -> str | None:
    """Return the catalog of a declared object, or of the object that grants are on; None where it is in none."""
    if resource.type not in (GRANTS, GRANT):
        name = resource.properties.known_or_none("name" if resource.type == CATALOG else "catalogName")
        return str(name) if name else None
    for name in IN_CATALOGS:
        value = resource.properties.known_or_none(name)
        if value:
            return str(value).split(".")[0].strip("`")
    return None
