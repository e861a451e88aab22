"""Ways to data: owners, rights below a schema, metastores, policies, bindings."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from rolecall.access.graph.live_step import LiveStep, strongest, weakest
from rolecall.access.graph.nodes import Origin, OriginType
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, listed
from rolecall.contract.account_roles import TAGS, roles_on
from rolecall.contract.metastore_privileges import ALLOWS_CODE, OPENS_SHARES, is_same, metastore_grants
from rolecall.contract.objects import objects_of
from rolecall.errors import ObjectMissing
from rolecall.ids.ids import GroupId, ServicePrincipalId, Subject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import RULE_SET_NAME
from rolecall.kinds.comparison import privilege
from rolecall.kinds.registry import IN_CATALOGS, IN_SCHEMAS
from rolecall.kinds.workspace_binding import BINDING_TYPES
from rolecall.systems.databricks.holders import name_of
from rolecall.systems.databricks.ways.account import undeclared_roles
from rolecall.systems.databricks.ways.elsewhere import at_locations, has_locations, through_connections
from rolecall.systems.databricks.ways.place import ROOT, Place
from rolecall.systems.requests import Json

# As the rules `sharing-tokens-expire` and `recipient-is-restricted` have it.
LONGEST_TOKEN = 90 * 24 * 60 * 60
SYSTEM_SCHEMA = "information_schema"
# Objects in a schema: noun, path, key of the list, securable type of the grants.
INSIDE = (
    ("table", "tables", "tables", "table"),
    ("volume", "volumes", "volumes", "volume"),
    ("function", "functions", "functions", "function"),
    ("model", "models", "registered_models", "function"),
)
# The kinds of which the contract has objects in a catalog.
IN_CATALOG = tuple(kind.name for kind in (*IN_CATALOGS, *IN_SCHEMAS))
_SCHEMAS = frozenset(kind.name for kind in IN_CATALOGS)
# The fields with the SQL of views and functions.
DEFINED = {"table": "view_definition", "function": "routine_definition"}
DEPENDENCIES = {"table": "view_dependencies", "function": "routine_dependencies"}
# A table that is named without its catalog or schema.
_PART = r"`?[\w-]+`?"
SHORT_NAME = re.compile(rf"\b(?:from|join)\s+{_PART}(?:\s*\.\s*{_PART})?(?!\s*\.|[\w`(-])", re.IGNORECASE)
READ = (
    "owners of catalogs, schemas, tables, volumes, functions and models",
    "rights on each table, view, volume, function and model below a schema",
    "administrator and privileges of the metastore, and how long new tokens of data recipients last",
    "attribute-based policies on the metastore, on catalogs, schemas and tables",
    "isolation of catalogs, and workspace bindings of isolated ones",
    "views and functions that show the contract's data with their owner's rights, in every catalog of the metastore",
    "grants to the contract's service principals on other catalogs and schemas of the metastore",
    "tables and volumes of others at the contract's external locations, and foreign catalogs through its connections",
    "who may assign or manage the governed tags of the contract and of its data",
)


def data_ways(place: Place, workspace_id: Callable[[], str], pool: ThreadPoolExecutor, ways: Ways) -> None:
    """Read the ways to an environment's data concurrently into `ways`."""
    ways.read += (f"{way} (catalog {place.catalog})" for way in READ)
    catalog = place.catalog

    def note(way: str, read: Callable[[], Iterable[Unmanaged]]) -> None:
        ways.collect(f"{way} of catalog {catalog}", lambda: _while_there(place, read))

    given = [*_given(place)]
    ours = {name: verbs for kind, name, verbs in given if kind in _SCHEMAS}
    own = {(str(kind), name): verbs for kind, name, verbs in given}
    reads = [
        pool.submit(note, "owner", lambda: _catalog(place, workspace_id)),
        pool.submit(note, "policies", lambda: _policies(place, "catalog", catalog)),
        pool.submit(note, "metastore", lambda: _metastore(place)),
        pool.submit(note, "governed tags", lambda: _governed_tags(place)),
    ]
    schemas: list[Json] = []
    # What waits for reads of the pool runs in this thread, which is none of the pool's.
    note("schemas", lambda: _schemas(place, ours, schemas, pool))
    for schema in schemas:
        full_name = str(schema.get("full_name"))
        reads.append(pool.submit(note, f"policies of {full_name}", partial(_policies, place, "schema", full_name)))
        for noun, path, items, sort in INSIDE:
            reads.append(
                pool.submit(
                    note, f"{noun}s of {full_name}", partial(_inside, place, ours, own, schema, noun, path, items, sort)
                )
            )
    note("other catalogs", lambda: _other_catalogs(place, pool))
    for reading in reads:
        reading.result()


def _while_there(place: Place, read: Callable[[], Iterable[Unmanaged]]) -> list[Unmanaged]:
    """Return the findings in a catalog; none for a catalog that does not exist yet, which is reported as missing.

    Raises:
        RequestRejected: there is no such catalog, with a code of `NOT_THERE`.
        ObjectMissing: an object in it disappeared during the read.
    """
    try:
        return [*read()]
    except ObjectMissing:
        listed(lambda: [place.reader.get(f"{ROOT}/catalogs/{place.catalog}")])
        raise


def _given(place: Place) -> Iterator[tuple[Kind, str, Mapping[str, Verb]]]:
    """Yield kind and lower-case full name of the contract's objects in the catalog, with the verbs by principal."""
    names: defaultdict[Subject, list[str]] = defaultdict(list)
    for name, group in place.principals.groups_by_name.items():
        names[group].append(name)
    for application, principal in place.principals.declared.items():
        names[principal].append(application)
    for target, verbs in place.given.items():
        if target.environment == place.environment and target.kind in IN_CATALOG:
            held = {name: verb for subject, verb in verbs.items() for name in names.get(subject, ())}
            yield target.kind, name_of(place.contract, target).lower(), held


def owner_beside(
    place: Place, target: str, owner: str, command: str, allowed: Iterable[str] = ()
) -> Iterator[Unmanaged]:
    """Report an owner other than the deployer, an administrator or one of `allowed`."""
    if not owner or place.known.is_administrator(owner) or owner in (*allowed, "System user"):
        return
    yield Unmanaged(
        f"owner of {target}: {place.known.shown(owner)}",
        "may do everything with it and grant it to anybody",
        f"its owner or a metastore administrator: `databricks {command} --owner {place.known.deployer}`",
        _holds(place, owner, target.partition(" ")[2], None, "owns what is in it, so may"),
    )


def _holds(place: Place, who: str, full_name: str, verb: Verb | None, why: str) -> tuple[LiveStep, ...]:
    """Return the steps of a holder of a verb on the objects at a full name; the highest where none is given."""
    return tuple(
        LiveStep(place.known.actor(who), strongest(target) if verb is None else weakest(target, verb), why)
        for target in place.known.objects_at(full_name)
    )


def verb_of(words: Iterable[str]) -> Verb | None:
    """Return the verb that privileges on a part of an object come nearest to; None for the highest."""
    held = {word.replace(" ", "_") for word in words}
    if held & {"ALL_PRIVILEGES", "MANAGE", "APPLY_TAG"}:
        return None
    return Verb.EDIT if held & {"MODIFY", "WRITE_VOLUME"} else Verb.VIEW


def _catalog(place: Place, workspace_id: Callable[[], str]) -> Iterator[Unmanaged]:
    catalog = place.reader.get(f"{ROOT}/catalogs/{place.catalog}")
    yield from owner_beside(
        place, f"catalog {place.catalog}", str(catalog.get("owner") or ""), f"catalogs update {place.catalog}"
    )
    isolated, live = place.contract.environments[place.environment].catalog_isolated, catalog.get("isolation_mode")
    if isolated and live != "ISOLATED":
        yield Unmanaged(
            f"isolation of catalog {place.catalog}",
            "can be used from every workspace of its metastore, and from its environment's alone in the contract",
            "`rolecall up --refresh`",
        )
    if isolated or live == "ISOLATED":
        modes = place.contract.environments[place.environment].catalog_workspaces
        bound = {place.bound[name]: mode for name, mode in modes.items() if name in place.bound}
        declared = {workspace_id(): "write", **bound}
        for binding in place.reader.every(f"{ROOT}/bindings/catalog/{place.catalog}", "bindings"):
            other = str(binding.get("workspace_id"))
            if declared.get(other) == "read" and binding.get("binding_type") != BINDING_TYPES["read"]:
                yield Unmanaged(
                    f"binding of catalog {place.catalog} to workspace {other}",
                    "lets the workspace write in the catalog, and only read it in the contract",
                    "`rolecall up --refresh`",
                )
            if other not in declared and place.knows(modes):
                yield Unmanaged(
                    f"binding of catalog {place.catalog} to workspace {binding.get('workspace_id')}",
                    "opens the catalog in a workspace that is not its environment's",
                    "a metastore administrator: `databricks workspace-bindings update-bindings catalog "
                    f'{place.catalog} --json \'{{"remove": [{{"workspace_id": {binding.get("workspace_id")}}}]}}\'`',
                )


def _schemas(
    place: Place, ours: Mapping[str, Mapping[str, Verb]], schemas: list[Json], pool: ThreadPoolExecutor
) -> Iterator[Unmanaged]:
    parents = {name.rpartition(".")[0] for name in ours}
    others: list[Json] = []
    for schema in place.reader.every(f"{ROOT}/schemas", "schemas", catalog_name=place.catalog):
        name = str(schema.get("full_name")).lower()
        if name.rpartition(".")[2] == SYSTEM_SCHEMA:
            continue
        if name not in ours and name not in parents:
            # A schema of others: the contract's privileges on the catalog give no access to tables in it.
            others.append(schema)
            continue
        schemas.append(schema)
        yield from owner_beside(place, f"schema {name}", str(schema.get("owner") or ""), f"schemas update {name}")
    for found in pool.map(partial(_of_others, place), others):
        yield from found


def _of_others(place: Place, schema: Json) -> list[Unmanaged]:
    """Report a schema that the contract does not name, with the access of the contract's service principals to it.

    Groups are shared with other users of the account, so their access is not reported.
    """
    principals = place.known.principals
    name, owner = str(schema.get("full_name")).lower(), str(schema.get("owner") or "")
    uses = [f"is owned by {principals[owner]}"] if owner in principals and owner != place.known.deployer else []
    uses += [held] if (held := _principals_on(place, "schema", name)) else []
    how = _how_to_revoke("schema", name) if uses else ""
    return [Unmanaged(f"schema {name}", "; ".join(uses), how), *_shown_in(place, name)]


def _other_catalogs(place: Place, pool: ThreadPoolExecutor) -> Iterator[Unmanaged]:
    """Yield the views and functions of catalogs outside the contract that show the contract's data."""
    own = {str(one.catalog).lower() for one in place.contract.environments.values() if one.catalog}
    catalogs = [*place.reader.every(f"{ROOT}/catalogs", "catalogs")]
    for found, schemas in pool.map(partial(_other_catalog, place, own), catalogs):
        yield from found
        for inside in pool.map(partial(_other_schema, place), schemas):
            yield from inside


def _other_catalog(place: Place, own: Collection[str], catalog: Json) -> tuple[list[Unmanaged], list[str]]:
    """Return the findings of a catalog outside the contract, and the full names of its schemas."""
    name = str(catalog.get("name"))
    found = [*through_connections(place, catalog)]
    # Shared, foreign and Databricks' own catalogs hold no views made here.
    if name.lower() in own or catalog.get("catalog_type") != "MANAGED_CATALOG":
        return found, []
    uses = _principals_on(place, "catalog", name)
    found.append(Unmanaged(f"catalog {name}", uses, _how_to_revoke("catalog", name) if uses else ""))
    schemas = place.reader.every(f"{ROOT}/schemas", "schemas", catalog_name=name)
    return found, [f"{name}.{one.get('name')}" for one in schemas if one.get("name") != SYSTEM_SCHEMA]


def _other_schema(place: Place, name: str) -> list[Unmanaged]:
    """Return the findings of a schema of another catalog."""
    uses = _principals_on(place, "schema", name)
    found = [Unmanaged(f"schema {name}", uses, _how_to_revoke("schema", name))] if uses else []
    return [*found, *_shown_in(place, name)]


def _principals_on(place: Place, sort: str, name: str) -> str:
    """Return grants to the contract's service principals on undeclared data; groups are shared with other users."""
    principals, deployer = place.known.principals, place.known.deployer
    return "; ".join(
        f"gives {principals[who]} {', '.join(map(str, grant.get('privileges') or []))}"
        for grant in place.reader.grants(sort, name)
        if (who := str(grant.get("principal"))) in principals and who != deployer
    )


def _how_to_revoke(sort: str, name: str) -> str:
    return f"its owner: `databricks grants update {sort} {name}`, or name it in the contract"


def _shown_in(place: Place, schema: str) -> Iterator[Unmanaged]:
    """Report views, functions and files of an undeclared schema that expose the contract's data or locations."""
    catalog, _, inner = schema.partition(".")
    located = ("table", "volume") if has_locations(place) else ()
    for noun, path, items, _ in INSIDE:
        if noun in DEFINED or noun in located:
            for item in place.reader.every(f"{ROOT}/{path}", items, catalog_name=catalog, schema_name=inner):
                if noun in DEFINED:
                    yield from _shows(place, noun, item)
                if noun in located:
                    yield from at_locations(place, noun, item)


def _shows(place: Place, noun: str, item: Json) -> Iterator[Unmanaged]:
    """Report a view or a function that reads data of another schema of the contract: it does with its owner's rights.

    https://docs.databricks.com/en/views/dynamic.html and …/udf/unity-catalog.html
    """
    definition = str(item.get(DEFINED[noun]) or "")
    name = str(item.get("full_name"))
    own = {name.rpartition(".")[0].lower(), name.partition(".")[0].lower()}
    sources = _sources(place, noun, item, definition) if definition else []
    data = [one for one in place.known.reads({"sql": definition, "sources": sources}) if one not in own]
    secrets = place.known.uses({"sql": definition})
    if data or secrets:
        shown = "view" if noun == "table" else noun
        command = "tables" if noun == "table" else "functions"
        owner = place.known.shown(str(item.get("owner")))
        yield Unmanaged(
            f"{shown} {name}",
            "; ".join(
                [f"shows what its owner {owner} may read of {', '.join(data)} to its readers"] * bool(data)
                + [f"{one} as its owner {owner}" for one in secrets]
            ),
            f"its owner: `databricks {command} delete {name}`",
            _shown_by(place, f"{shown} {name}", name, data),
        )


def _sources(place: Place, noun: str, item: Json, definition: str) -> list[str]:
    """Return the full names of a view's or function's sources; a definition may contain partially qualified names.

    https://docs.databricks.com/api/workspace/tables/get: view_dependencies; …/functions/get: routine_dependencies
    """
    key = DEPENDENCIES[noun]
    if key not in item and SHORT_NAME.search(definition):
        item = place.reader.get(f"{ROOT}/{noun}s/{item.get('full_name')}")
    found = (item.get(key) or {}).get("dependencies") or []
    return [str(name) for one in found for part in one.values() if isinstance(part, dict) for name in part.values()]


def _shown_by(place: Place, thing: str, name: str, data: Iterable[str]) -> tuple[LiveStep, ...]:
    """Return the steps of a view: readers of its schema read what it reads; those of another schema are unknown."""
    steps = place.known.reading(thing, data, "shows, so that its readers may")
    own = place.known.objects_at(name)
    origin = Origin(OriginType.UNMANAGED, thing)
    return (*steps, *(LiveStep(weakest(target, Verb.VIEW), origin, "includes") for target in own))


def _inside(
    place: Place,
    ours: Mapping[str, Mapping[str, Verb]],
    declared: Mapping[tuple[str, str], Mapping[str, Verb]],
    schema: Json,
    noun: str,
    path: str,
    items: str,
    sort: str,
) -> Iterator[Unmanaged]:
    catalog, _, inner = str(schema.get("full_name")).partition(".")
    verbs = ours.get(f"{catalog}.{inner}".lower(), {})
    writers = [name for name, verb in verbs.items() if verb.rank >= Verb.EDIT.rank]
    for item in place.reader.every(f"{ROOT}/{path}", items, catalog_name=catalog, schema_name=inner):
        name = str(item.get("full_name"))
        # The grants on an object of the contract are compared by subject elsewhere.
        own = declared.get((noun, name.lower()))
        may_own = [*writers, *(who for who, verb in (own or {}).items() if verb.rank >= Verb.EDIT.rank)]
        command = {"model": "registered-models", "function": "functions"}.get(noun, f"{noun}s")
        yield from owner_beside(
            place, f"{noun} {name}", str(item.get("owner") or ""), f"{command} update {name}", may_own
        )
        if own is None:
            yield from _granted(place, f"{noun} {name}", sort, name)
        if noun in DEFINED:
            yield from _shows(place, noun, item)
        if noun == "table":
            yield from _policies(place, "table", name)


def _granted(place: Place, target: str, sort: str, name: str) -> Iterator[Unmanaged]:
    for grant in place.reader.grants(sort, name):
        who, words = str(grant.get("principal")), ", ".join(map(str, grant.get("privileges") or []))
        if who == place.known.deployer or not words:
            continue
        change = f'{{"changes": [{{"principal": "{who}", "remove": ["{words.split(", ")[0]}"]}}]}}'
        yield Unmanaged(
            f"{words} on {target}: {place.known.shown(who)}",
            f"gives {place.known.shown(who)} {words} beside the contract",
            f"its owner: `databricks grants update {sort} {name} --json '{change}'`",
            _holds(place, who, name, verb_of(words.split(", ")), f"holds {words} on a part of it, so may"),
        )


def _policies(place: Place, sort: str, full_name: str) -> Iterator[Unmanaged]:
    for policy in place.reader.every(f"{ROOT}/policies/{sort}/{full_name}", "policies"):
        name = str(policy.get("name"))
        to = ", ".join(map(str, policy.get("to_principals") or [])) or "everybody"
        excepted = ", ".join(map(str, policy.get("except_principals") or []))
        rest = f", not to {excepted}" if excepted else ""
        yield Unmanaged(
            f"policy {name} on {sort} {full_name}",
            f"changes what holders see or hold there: {policy.get('policy_type')} to {to}{rest}",
            f"an owner of it: `databricks policies delete-policy {sort} {full_name} {name}`",
            _granted_by(place, policy, sort, full_name),
        )


def _granted_by(place: Place, policy: Json, sort: str, full_name: str) -> tuple[LiveStep, ...]:
    """Return the steps of a policy that grants privileges on all that has its tags; masks and filters grant none."""
    words = [str(one) for one in (policy.get("grant") or {}).get("privileges") or []]
    if not words:
        return ()
    excepted = {*map(str, policy.get("except_principals") or [])}
    verb, name = verb_of(words), full_name.lower()
    why = f"is granted {', '.join(words)} by policy {policy.get('name')}, so may"
    # Which objects have the tags is not read: it may be any of them.
    targets = [
        target
        for one, target in place.known.objects.items()
        if "." in one
        and (sort == "metastore" or one == name or one.startswith(f"{name}.") or name.startswith(f"{one}."))
    ]
    return tuple(
        LiveStep(place.known.actor(who), strongest(target) if verb is None else weakest(target, verb), why)
        for who in map(str, policy.get("to_principals") or [])
        if who not in excepted
        for target in targets
    )


def _governed_tags(place: Place) -> Iterator[Unmanaged]:
    """Report who may assign the governed tags that the contract's data has: policies give and mask by tags.

    https://docs.databricks.com/en/admin/tag-policies/manage-permissions.html
    """
    used = set(place.contract.governed_tags) | {
        tag
        for kind in IN_CATALOGS
        for one in objects_of(place.contract, place.environment, kind.name)
        for tag in kind.tags(one.value, one.id_in(place.environment), place.contract.projects[one.project].tags)
    }
    account_id = place.contract.databricks.account_id
    for tag in listed(lambda: place.reader.every("/api/2.1/tag-policies", "tag_policies")):
        key = str(tag.get("tag_key"))
        if key not in used:
            continue
        name = RULE_SET_NAME.format(account_id, TAGS.path, tag.get("id"))
        declared = place.contract.governed_tags.get(key)
        given = roles_on(place.contract, declared, TAGS) if declared else {}
        for role, who in undeclared_roles(place.account, account_id, name, place.known, given):
            does = {"assigner": "assigns", "manager": "manages, and assigns,"}.get(role, f"holds {role} on")
            yield Unmanaged(
                f"{role} of governed tag {key}: {place.known.shown(who)}",
                f"{does} tag {key}, by which policies give and mask the contract's data",
                "`rolecall up --refresh`" if declared else f"an account administrator changes the rule set {name}",
            )


def _metastore(place: Place) -> Iterator[Unmanaged]:
    metastore = place.reader.get(f"{ROOT}/metastore_summary")
    identity = str(metastore.get("metastore_id"))
    yield from _policies(place, "metastore", identity)
    owner = str(metastore.get("owner") or "")
    if owner and not place.known.is_administrator(owner) and owner != "System user":
        yield Unmanaged(
            f"administrator of metastore {metastore.get('name')}: {place.known.shown(owner)}",
            "may take over everything in it and grant access to it, and is not in `administrators`",
            f"an account administrator: `databricks metastores update {identity} --owner OWNER`",
            _holds(place, owner, place.catalog, None, "administers the metastore, so may"),
        )
    seconds = int(metastore.get("delta_sharing_recipient_token_lifetime_in_seconds") or 0)
    if metastore.get("delta_sharing_scope") == "INTERNAL_AND_EXTERNAL" and not 0 < seconds <= LONGEST_TOKEN:
        lasts = f"{seconds // 86400} days" if seconds else "for ever"
        longest = f"delta_sharing_recipient_token_lifetime_in_seconds {LONGEST_TOKEN}"
        yield Unmanaged(
            f"token lifetime of metastore {metastore.get('name')}",
            f"new tokens of data recipients last {lasts}; at most {LONGEST_TOKEN // 86400} days are accepted",
            f"an account administrator: `databricks metastores update {identity}` with {longest}",
        )
    yield from _metastore_privileges(place, identity, str(metastore.get("name")))


def _allowed(place: Place, who: str) -> Iterator[LiveStep]:
    """Yield the steps of a principal that decides which code shared clusters accept."""
    why = f"has {ALLOWS_CODE} on the metastore, and can allow code on clusters of"
    principals = {one for one in place.known.subjects.values() if isinstance(one, ServicePrincipalId)}
    yield from (LiveStep(place.known.actor(who), one, why) for one in sorted(principals))


def _metastore_privileges(place: Place, identity: str, name: str) -> Iterator[Unmanaged]:
    declared: dict[Subject, set[str]] = {
        GroupId(one.group): {*one.privileges}
        for one in metastore_grants(place.contract)
        if is_same(one.metastore, identity)
    }
    for grant in place.reader.grants("metastore", identity):
        who = str(grant.get("principal"))
        own = declared.get(place.known.actor(who), set())
        words = [word for one in grant.get("privileges") or [] if (word := privilege(one)) not in own]
        if place.known.is_administrator(who) or not words:
            continue
        shown, subject = ", ".join(words), place.known.holder(who)
        opens = OPENS_SHARES in words and bool(place.shares)
        ways = [f"gives {subject} {shown} beside the contract"] if subject else []
        ways += [f"opens the contract's shares to recipients of {place.known.shown(who)}"] if opens else []
        if ALLOWS_CODE in words:
            ways.append("allows init scripts and libraries on shared clusters, on which the contract's principals run")
        reaches = "; ".join(ways)
        repair = f"a metastore administrator: `databricks grants update metastore {identity}`"
        repair = "`rolecall up --refresh`" if own else repair
        step = f"holds {OPENS_SHARES} on the metastore, so may open to its own recipients, and so may"
        yield Unmanaged(
            f"{shown} on metastore {name}: {place.known.shown(who)}",
            reaches,
            repair if reaches else "",
            (
                *(LiveStep(place.known.actor(who), weakest(one, Verb.VIEW), step) for one in place.shares if opens),
                *(_allowed(place, who) if ALLOWS_CODE in words else ()),
            ),
        )
