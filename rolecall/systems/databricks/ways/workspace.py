"""A workspace's ways of granting access: jobs and other executables, tokens, entitlements, scripts on all clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways
from rolecall.contract.contract import Contract
from rolecall.contract.workspace_settings import address_label
from rolecall.errors import ObjectMissing
from rolecall.kinds.api import value_at
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways.identities import Identities

SCIM = "/api/2.0/preview/scim/v2"
# Every user has these by Databricks' own groups: https://docs.databricks.com/en/security/auth/entitlements.html.
OF_EVERYBODY = ("workspace-access", "databricks-sql-access", "workspace-consume")


@dataclass(frozen=True)
class Listing:
    """A list request of a workspace.

    Attributes:
        noun: the singular noun of its items.
        path: the path of the list.
        items: the key of its items in the response.
        id: the field with the id.
        name: dotted path of the name.
        get: the path of one item; set where the list omits who it runs as or the data it reads.
        command: the command that deletes one.
    """

    noun: str
    path: str
    items: str
    id: str
    name: str
    command: str
    get: str = ""

    @property
    def plural(self) -> str:
        """The plural noun."""
        return f"{self.noun[:-1]}ies" if self.noun.endswith("y") else f"{self.noun}s"


LISTINGS = (
    Listing(
        "pipeline",
        "/api/2.0/pipelines",
        "statuses",
        "pipeline_id",
        "name",
        "pipelines delete",
        get="/api/2.0/pipelines/{id}",
    ),
    Listing("app", "/api/2.0/apps", "apps", "name", "name", "apps delete"),
    Listing(
        "serving endpoint",
        "/api/2.0/serving-endpoints",
        "endpoints",
        "name",
        "name",
        "serving-endpoints delete",
        get="/api/2.0/serving-endpoints/{id}",
    ),
    Listing(
        "dashboard",
        "/api/2.0/lakeview/dashboards",
        "dashboards",
        "dashboard_id",
        "display_name",
        "lakeview trash",
        get="/api/2.0/lakeview/dashboards/{id}",
    ),
    Listing("query", "/api/2.0/sql/queries", "results", "id", "display_name", "queries delete"),
    Listing("alert", "/api/2.0/alerts", "alerts", "id", "display_name", "alerts-v2 trash-alert"),
    Listing("cluster", "/api/2.1/clusters/list", "clusters", "cluster_id", "cluster_name", "clusters permanent-delete"),
)
READ = (
    "jobs that the contract does not name",
    *(f"{listing.plural} that the contract does not name" for listing in LISTINGS),
    "tokens of the contract's service principals, of the deployer and of administrators",
    "entitlements and instance profiles of the contract's subjects",
    "init scripts of every cluster",
    "IP access lists of workspaces for which the contract declares `ip_access`",
)


def workspace_ways(
    contract: Contract,
    name: str,
    reader: Reader,
    jobs: Iterable[Mapping[str, Any]],
    owned: Callable[[str, Mapping[str, Any]], bool],
    known: Identities,
    pool: ThreadPoolExecutor,
    ways: Ways,
) -> None:
    """Read a workspace's ways concurrently into `ways`.

    Args:
        contract: the contract.
        name: the workspace's name.
        reader: reads from the workspace.
        jobs: its jobs that the contract does not name.
        owned: returns whether a listed item, with its noun, is one of the contract's objects.
        known: names and ids of the contract's subjects and objects.
        pool: runs the reads.
        ways: receives the results.
    """
    ways.read += (f"{way} in workspace {name}" for way in READ)

    def note(way: str, read: Callable[[], list[Unmanaged]]) -> None:
        ways.collect(f"{way} of workspace {name}", read)

    reads = [pool.submit(note, f"job {job['job_id']}", _job(reader, name, job, known)) for job in jobs]
    reads += [pool.submit(note, listing.plural, _listed(reader, name, listing, owned, known)) for listing in LISTINGS]
    reads += [
        pool.submit(note, "tokens", lambda: [*_tokens(reader, name, known)]),
        pool.submit(note, "init scripts", lambda: [*_scripts(reader, name)]),
        pool.submit(note, "address lists", lambda: [*_addresses(contract, reader, name)]),
    ]
    reads += [
        pool.submit(note, f"entitlements of {collection.lower()}", _entitled(contract, reader, name, collection, known))
        for collection in ("Users", "Groups", "ServicePrincipals")
    ]
    for reading in reads:
        reading.result()


def _job(reader: Reader, workspace: str, job: Mapping[str, Any], known: Identities) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        identity = str(job["job_id"])
        whole = {**reader.get("/api/2.2/jobs/get", job_id=identity)}
        thing = f"job {identity} {(whole.get('settings') or {}).get('name') or ''!r} in workspace {workspace}"
        return [_unmanaged(thing, whole, known, f"`databricks jobs delete {identity}`")]

    return read


def _listed(
    reader: Reader, workspace: str, listing: Listing, owned: Callable[[str, Mapping[str, Any]], bool], known: Identities
) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        unmanaged: list[Unmanaged] = []
        for item in reader.every(listing.path, listing.items):
            if owned(listing.noun, item) or str(item.get("cluster_source") or "UI") not in ("UI", "API"):
                continue
            identity = str(item.get(listing.id))
            whole = {**item, **reader.get(listing.get.format(id=identity))} if listing.get else item
            if listing.noun == "dashboard" and known.reads(whole):
                whole = {**whole, **_published(reader, identity)}
            thing = f"{listing.noun} {str(value_at(item, listing.name) or identity)!r} in workspace {workspace}"
            unmanaged.append(_unmanaged(thing, whole, known, f"`databricks {listing.command} {identity}`"))
        return unmanaged

    return read


def _published(reader: Reader, identity: str) -> Mapping[str, Any]:
    """Return the publishing settings of a dashboard: https://docs.databricks.com/api/workspace/lakeview/getpublished."""
    try:
        published = reader.get(f"/api/2.0/lakeview/dashboards/{identity}/published")
    except ObjectMissing:
        return {}
    return {"embed_credentials": published.get("embed_credentials")}


def _unmanaged(thing: str, item: Mapping[str, Any], known: Identities, how: str) -> Unmanaged:
    """Return a listed item with its access to the contract's objects.

    Reading data with the caller's own rights gives no access, so it is only mentioned; showing data with the owner's or
    publisher's rights does.
    """
    ways, data = known.uses(item), known.reads(item)
    if data and item.get("run_as_mode") == "OWNER":
        ways.append(f"shows what its owner may read of {', '.join(data)}")
    if data and item.get("embed_credentials"):
        ways.append(f"shows what its publisher may read of {', '.join(data)}")
    shown = f"{thing}, which reads {', '.join(data)}" if data and not ways else thing
    return Unmanaged(shown, "; ".join(ways), f"name it in the contract, or delete it: {how}" if ways else "")


def _tokens(reader: Reader, workspace: str, known: Identities) -> Iterator[Unmanaged]:
    for token in reader.every("/api/2.0/token-management/tokens", "token_infos"):
        identity = str(token.get("token_id"))
        names = [str(token.get(key) or "") for key in ("owner_id", "created_by_id", "created_by_username")]
        subject = next((principal for name in names if (principal := known.principals.get(name))), None)
        thing = f"token {identity} {token.get('comment') or ''!r} in workspace {workspace}"
        reaches = ""
        if subject:
            reaches = f"acts as {subject}"
        elif known.is_administrator(*names):
            reaches = f"acts as administrator {known.shown(names[-1])}"
        how = f"an administrator of the workspace: `databricks token-management delete {identity}`"
        yield Unmanaged(thing, reaches, how if reaches else "")


def _scripts(reader: Reader, workspace: str) -> Iterator[Unmanaged]:
    for script in reader.every("/api/2.0/global-init-scripts", "scripts"):
        identity = str(script.get("script_id"))
        thing = f"init script {str(script.get('name'))!r} in workspace {workspace}"
        reaches = "runs on every cluster, as every job that the contract names" if script.get("enabled") else ""
        how = f"an administrator of the workspace: `databricks global-init-scripts delete {identity}`"
        yield Unmanaged(thing, reaches, how if reaches else "")


def _addresses(contract: Contract, reader: Reader, workspace: str) -> Iterator[Unmanaged]:
    """Yield undeclared IP access lists; an ALLOW list admits all its addresses.

    https://docs.databricks.com/api/workspace/ipaccesslists
    """
    if contract.workspaces[workspace].ip_access is None:
        return
    for ip_list in reader.every("/api/2.0/ip-access-lists", "ip_access_lists"):
        label, list_type = str(ip_list.get("label")), str(ip_list.get("list_type"))
        if label == address_label(list_type):
            continue
        identity = str(ip_list.get("list_id"))
        opens = list_type == "ALLOW" and ip_list.get("enabled", True)
        yield Unmanaged(
            f"address list {label!r} in workspace {workspace}",
            f"lets {', '.join(map(str, ip_list.get('ip_addresses') or []))} sign in" if opens else "",
            f"an administrator of the workspace: `databricks ip-access-lists delete {identity}`" if opens else "",
        )


def _entitled(
    contract: Contract, reader: Reader, workspace: str, collection: str, known: Identities
) -> Callable[[], list[Unmanaged]]:
    """Return a function that reads undeclared entitlements and instance profiles."""
    declared = contract.workspaces[workspace].entitlements

    def read() -> list[Unmanaged]:
        unmanaged: list[Unmanaged] = []
        attributes = "id,displayName,userName,applicationId,entitlements,roles"
        for principal in reader.workspace_scim(collection, attributes):
            name = str(principal.get("applicationId") or principal.get("displayName") or principal.get("userName"))
            if collection == "Users":
                name = str(principal.get("userName"))
            live = {str(value.get("value")) for key in ("entitlements", "roles") for value in principal.get(key) or []}
            subject = known.subject(name)
            key = subject.removeprefix("group ") if subject and collection == "Groups" else ""
            undeclared = sorted(live - {""} - {str(entitlement) for entitlement in declared.get(key, [])})
            if collection != "ServicePrincipals":
                own = bool(subject) and key in declared
                undeclared = [entitlement for entitlement in undeclared if entitlement not in OF_EVERYBODY or own]
            if not undeclared or known.is_administrator(name) or name in ("admins", "users"):
                continue
            shown = subject or known.shown(name)
            reaches = f"gives {shown} {', '.join(undeclared)}, which the contract does not" if subject else ""
            command = {"Users": "users", "Groups": "groups", "ServicePrincipals": "service-principals"}[collection]
            how = (
                f"an administrator of the workspace: `databricks {command} patch {principal['id']}`" if reaches else ""
            )
            unmanaged.append(Unmanaged(f"entitlements of {shown} in workspace {workspace}", reaches, how))
        return unmanaged

    return read
