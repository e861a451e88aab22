"""A workspace's ways of granting access: jobs and other executables, tokens, entitlements, scripts on all clusters."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl

from rolecall.access.graph.live_step import LiveStep, weakest
from rolecall.access.graph.nodes import Origin, OriginType
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, listed
from rolecall.contract.contract import Contract
from rolecall.contract.workspace_settings import address_label
from rolecall.errors import ObjectMissing
from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.verbs import Verb
from rolecall.kinds.api import value_at
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.ways.apps import PATH as APPS
from rolecall.systems.databricks.ways.apps import own_apps, rights_of_app, steps_of_app
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.databricks.ways.listings import LISTINGS, Listing
from rolecall.systems.databricks.ways.scopes import READ as SCOPES_READ
from rolecall.systems.databricks.ways.scopes import other_scopes

SCIM = "/api/2.0/preview/scim/v2"
MILLISECONDS_IN_A_DAY = 24 * 60 * 60 * 1000
# Databricks' own group of a workspace's administrators.
ADMINS = "admins"
# Every user has these by Databricks' own groups: https://docs.databricks.com/en/security/auth/entitlements.html.
OF_EVERYBODY = ("workspace-access", "databricks-sql-access", "workspace-consume")
# Tasks that start another object of the workspace, as whom that one runs.
STARTS = ("run_job_task", "pipeline_task")
READ = (
    "jobs that the contract does not name",
    *(f"{listing.plural} that the contract does not name" for listing in LISTINGS),
    "rights that apps have through their resources: on secrets, warehouses, jobs, endpoints and data of the contract",
    "vector search indexes that copy the contract's data",
    "tokens of the contract's service principals, of the deployer, of administrators, and of people beyond `tokens`",
    "entitlements and instance profiles of the contract's subjects, of people and of all users",
    "init scripts of every cluster",
    "IP access lists of workspaces for which the contract declares `ip_access`",
    SCOPES_READ,
)


def workspace_ways(
    contract: Contract,
    name: str,
    reader: Reader,
    jobs: Iterable[Mapping[str, Any]],
    owned: Callable[[str, Mapping[str, Any]], bool],
    known: Identities,
    own_ids: Mapping[tuple[str, str], ObjectId],
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
        own_ids: the contract's objects by a field that names them elsewhere, or their kind, and their id or name.
        pool: runs the reads.
        ways: receives the results.
    """
    ways.read += (f"{way} in workspace {name}" for way in READ)

    def note(way: str, read: Callable[[], list[Unmanaged]]) -> None:
        ways.collect(f"{way} of workspace {name}", read)

    reads = [pool.submit(note, f"job {job['job_id']}", _job(reader, name, job, known, own_ids)) for job in jobs]
    reads += [
        pool.submit(note, listing.plural, _listed(reader, name, listing, owned, known, own_ids)) for listing in LISTINGS
    ]
    reads += [
        pool.submit(note, "vector search indexes", lambda: [*_indexes(reader, name, known)]),
        pool.submit(note, "tokens", lambda: [*_tokens(contract, reader, name, known)]),
        pool.submit(note, "resources of apps", lambda: [*own_apps(reader, name, known, own_ids)]),
        pool.submit(note, "init scripts", lambda: [*_scripts(reader, name, known)]),
        pool.submit(note, "address lists", lambda: [*_addresses(contract, reader, name)]),
    ]
    reads += [
        pool.submit(note, f"entitlements of {collection.lower()}", _entitled(contract, reader, name, collection, known))
        for collection in ("Users", "Groups", "ServicePrincipals")
    ]
    # What waits for reads of the pool runs in this thread, which is none of the pool's.
    note("secret scopes", lambda: [*other_scopes(contract, reader, name, known, pool)])
    for reading in reads:
        reading.result()


def _job(
    reader: Reader,
    workspace: str,
    job: Mapping[str, Any],
    known: Identities,
    own_ids: Mapping[tuple[str, str], ObjectId],
) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        identity = str(job["job_id"])
        whole = {**reader.get("/api/2.2/jobs/get", job_id=identity)}
        thing = f"job {identity} {(whole.get('settings') or {}).get('name') or ''!r} in workspace {workspace}"
        started = dict.fromkeys(
            own for task in tasks_of(whole) for name in STARTS for own in _named(task.get(name), own_ids)
        )
        origin = Origin(OriginType.UNMANAGED, thing)
        steps = [LiveStep(origin, weakest(own, Verb.RUN), "starts, so may") for own in started]
        # A job starts others with the rights of whom it runs as: https://docs.databricks.com/en/jobs/run-job.html
        more = [f"starts {own} for everybody who may run it" for own in started]
        found = _unmanaged(thing, whole, known, f"`databricks jobs delete {identity}`", more, steps)
        return [_with_users(reader, f"jobs/{identity}", found, known)]

    return read


def tasks_of(job: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    """Yield the tasks of a job as `jobs/get` answers it, those that run for each input included."""
    for task in (job.get("settings") or {}).get("tasks") or []:
        yield task
        if inner := (task.get("for_each_task") or {}).get("task"):
            yield inner


def _named(item: Any, own_ids: Mapping[tuple[str, str], ObjectId]) -> Iterator[ObjectId]:
    """Yield the contract's objects that an item names by id."""
    for field, value in item.items() if isinstance(item, Mapping) else ():
        if own := own_ids.get((str(field), str(value))):
            yield own


def _listed(
    reader: Reader,
    workspace: str,
    listing: Listing,
    owned: Callable[[str, Mapping[str, Any]], bool],
    known: Identities,
    own_ids: Mapping[tuple[str, str], ObjectId],
) -> Callable[[], list[Unmanaged]]:
    def read() -> list[Unmanaged]:
        unmanaged: list[Unmanaged] = []
        for item in listed(lambda: reader.every(listing.path, listing.items)):
            if owned(listing.noun, item) or str(item.get("cluster_source") or "UI") not in ("UI", "API"):
                continue
            identity = str(item.get(listing.id))
            whole = {**item, **_whole(reader, listing.get, identity)} if listing.get else item
            for path, items in listing.inner:
                whole = {**whole, items: [*reader.every(path.format(id=identity), items)]}
            if listing.noun == "dashboard" and (known.reads(whole) or any(_named(whole, own_ids))):
                whole = {**whole, **_published(reader, identity)}
            thing = f"{listing.noun} {str(value_at(item, listing.name) or identity)!r} in workspace {workspace}"
            more: list[str] = []
            steps: tuple[LiveStep, ...] = ()
            if listing.shows and (data := known.reads(whole)):
                more.append(listing.shows.format(data=", ".join(data)))
                steps = known.reading(thing, data, "gives access to the data, so may")
            if listing.noun == "Genie space" or whole.get("embed_credentials"):
                # https://docs.databricks.com/en/genie/set-up.html: a warehouse is used with the author's credentials.
                more += (f"runs everybody's questions on {own}" for own in _named(whole, own_ids))
            if listing.path == APPS and (rights := rights_of_app(whole, known, own_ids)):
                more.append(f"gives its own principal {', '.join(map(str, rights))}")
                steps = (*steps, *steps_of_app(Origin(OriginType.UNMANAGED, thing), rights))
            how = f"`databricks {listing.command} {identity}`"
            found = _unmanaged(thing, whole, known, how, more, steps)
            own = str(whole["id"]) if listing.noun == "serving endpoint" else identity
            address = f"{listing.permissions}/{own}"
            unmanaged.append(_with_users(reader, address, found, known) if listing.permissions else found)
        return unmanaged

    return read


def _whole(reader: Reader, template: str, identity: str) -> Mapping[str, Any]:
    path, _, query = template.partition("?")
    return reader.get(path.format(id=identity), **dict(parse_qsl(query)))


def _indexes(reader: Reader, workspace: str, known: Identities) -> Iterator[Unmanaged]:
    """Yield the vector search indexes over the contract's data: its users read that data.

    https://docs.databricks.com/en/vector-search/vector-search.html (access control of an index is its own)
    """
    for endpoint in listed(lambda: reader.every("/api/2.0/vector-search/endpoints", "endpoints")):
        path = "/api/2.0/vector-search/indexes"
        for index in reader.every(path, "vector_indexes", endpoint_name=str(endpoint.get("name"))):
            name = str(index.get("name"))
            source = (reader.get(f"{path}/{name}").get("delta_sync_index_spec") or {}).get("source_table")
            data = known.reads({"source_table": source}) if source else []
            reaches = f"copies {', '.join(data)} for everybody who may query it" if data else ""
            how = f"its owner: `databricks vector-search-indexes delete-index {name}`" if data else ""
            thing = f"vector search index {name} in workspace {workspace}"
            yield Unmanaged(thing, reaches, how, known.reading(thing, data, "copies the data, so that its users may"))


def _published(reader: Reader, identity: str) -> Mapping[str, Any]:
    """Return the publishing settings of a dashboard: https://docs.databricks.com/api/workspace/lakeview/getpublished."""
    try:
        published = reader.get(f"/api/2.0/lakeview/dashboards/{identity}/published")
    except ObjectMissing:
        return {}
    return {"embed_credentials": published.get("embed_credentials")}


def _unmanaged(
    thing: str,
    item: Mapping[str, Any],
    known: Identities,
    how: str,
    more: Iterable[str],
    steps: Iterable[LiveStep],
) -> Unmanaged:
    """Return a listed item with its access to the contract's objects.

    Reading data with the caller's own rights grants no access, so it is only mentioned; showing data with the rights of
    the owner or publisher does.
    """
    ways, data = [*known.uses(item), *more], known.reads(item)
    if data and (item.get("run_as_mode") == "OWNER" or item.get("embed_credentials")):
        steps = (*steps, *known.reading(thing, data, "shows the data to everybody who may see it, so that they may"))
    if data and item.get("run_as_mode") == "OWNER":
        ways.append(f"shows what its owner may read of {', '.join(data)}")
    if data and item.get("embed_credentials"):
        ways.append(f"shows what its publisher may read of {', '.join(data)}")
    shown = f"{thing}, which reads {', '.join(data)}" if data and not ways else thing
    how = f"name it in the contract, or delete it: {how}" if ways else ""
    return Unmanaged(shown, "; ".join(ways), how, known.steps(thing, item, steps) if ways else ())


def _with_users(reader: Reader, address: str, found: Unmanaged, known: Identities) -> Unmanaged:
    """Return a thing that reaches something with those who may use it."""
    if not found.reaches:
        return found
    try:
        controls = reader.permissions(address).get("access_control_list") or []
    except ObjectMissing:
        return found
    users: dict[str, str] = {}
    for control in controls:
        name = str(control.get("group_name") or control.get("service_principal_name") or control.get("user_name") or "")
        levels = [str(one.get("permission_level")) for one in control.get("all_permissions") or []]
        levels = [level for level in levels if level != "CAN_VIEW"]
        if name and name != ADMINS and not known.is_administrator(name) and levels:
            users[name] = levels[0]
    if not users:
        return found
    shown = ", ".join(f"{known.shown(name)} ({level})" for name, level in sorted(users.items()))
    origin = Origin(OriginType.UNMANAGED, found.thing.partition(", which reads ")[0])
    steps = [LiveStep(known.actor(name), origin, f"has {level} on") for name, level in sorted(users.items())]
    more = tuple(steps) if found.steps else ()
    return replace(found, reaches=f"{found.reaches}; used by {shown}", steps=(*found.steps, *more))


def _tokens(contract: Contract, reader: Reader, workspace: str, known: Identities) -> Iterator[Unmanaged]:
    for token in listed(lambda: reader.every("/api/2.0/token-management/tokens", "token_infos")):
        identity = str(token.get("token_id"))
        names = [str(token.get(key) or "") for key in ("owner_id", "created_by_id", "created_by_username")]
        subject = next((principal for name in names if (principal := known.principals.get(name))), None)
        thing = f"token {identity} {token.get('comment') or ''!r} in workspace {workspace}"
        reaches = ""
        if subject:
            reaches = f"acts as {subject}"
        elif known.is_administrator(*names):
            reaches = f"acts as administrator {known.shown(names[-1])}"
        else:
            reaches = _not_allowed(contract, workspace, token, names[-1], known)
        how = f"an administrator of the workspace: `databricks token-management delete {identity}`"
        origin = Origin(OriginType.UNMANAGED, f"the holder of {thing}")
        acting = [known.actor(name) for name in names if name in known.subjects or "@" in name]
        steps = tuple(LiveStep(origin, one, "acts as") for one in acting[:1]) if reaches else ()
        yield Unmanaged(thing, reaches, how if reaches else "", steps)


def _not_allowed(contract: Contract, workspace: str, token: Mapping[str, Any], name: str, known: Identities) -> str:
    """Return why a person's token is not what `tokens` of the contract allows; empty where it is."""
    declared = contract.workspaces[workspace].tokens
    if declared is None:
        return ""
    if name.casefold() not in known.token_users.get(workspace, frozenset()):
        return f"signs in as {known.shown(name)}, whom `tokens` lets have none"
    ends, made = int(token.get("expiry_time") or -1), int(token.get("creation_time") or 0)
    if ends < 0 or ends - made > declared.max_days * MILLISECONDS_IN_A_DAY:
        return f"signs in as {known.shown(name)} for more than the {declared.max_days} days that `tokens` allows"
    return ""


def _scripts(reader: Reader, workspace: str, known: Identities) -> Iterator[Unmanaged]:
    for script in listed(lambda: reader.every("/api/2.0/global-init-scripts", "scripts")):
        identity = str(script.get("script_id"))
        thing = f"init script {str(script.get('name'))!r} in workspace {workspace}"
        reaches = "runs on every cluster, as every job that the contract names" if script.get("enabled") else ""
        how = f"an administrator of the workspace: `databricks global-init-scripts delete {identity}`"
        steps: tuple[LiveStep, ...] = ()
        if reaches:
            origin = Origin(OriginType.UNMANAGED, thing)
            principals = {one for one in known.subjects.values() if isinstance(one, ServicePrincipalId)}
            ran = [LiveStep(origin, one, "runs on clusters of jobs that run as") for one in sorted(principals)]
            steps = known.steps(thing, {"created_by": script.get("created_by")}, ran)
        yield Unmanaged(thing, reaches, how if reaches else "", steps)


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
            everybody = collection == "Groups" and name == "users"
            key = subject.removeprefix("group ") if subject and collection == "Groups" else ""
            undeclared = sorted(live - {""} - {str(entitlement) for entitlement in declared.get(key, [])})
            if collection != "ServicePrincipals":
                own = bool(subject) and key in declared
                undeclared = [entitlement for entitlement in undeclared if entitlement not in OF_EVERYBODY or own]
            if not undeclared or known.is_administrator(name) or (collection == "Groups" and name == "admins"):
                continue
            shown = "everybody (users)" if everybody else subject or known.shown(name)
            # The contract grants entitlements to groups, never to a person.
            counts = subject or everybody or collection == "Users"
            reaches = f"gives {shown} {', '.join(undeclared)}, which the contract does not" if counts else ""
            command = {"Users": "users", "Groups": "groups", "ServicePrincipals": "service-principals"}[collection]
            how = (
                f"an administrator of the workspace: `databricks {command} patch {principal['id']}`" if reaches else ""
            )
            unmanaged.append(Unmanaged(f"entitlements of {shown} in workspace {workspace}", reaches, how))
        return unmanaged

    return read
