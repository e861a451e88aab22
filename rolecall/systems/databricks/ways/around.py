"""Ways to data past catalogs: locations, credentials, connections, shares and recipients of a metastore."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from rolecall.access.graph.live_step import LiveStep, strongest, weakest
from rolecall.access.observation import Unmanaged
from rolecall.access.ways import Ways, listed
from rolecall.contract.objects import objects_of
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.external_location import ExternalLocation
from rolecall.kinds.metastore_object import ISOLATED, BoundObject, MetastoreObject
from rolecall.kinds.registry import BY_NAME
from rolecall.systems.databricks.holders import name_of
from rolecall.systems.databricks.ways.place import ROOT, Place
from rolecall.systems.databricks.ways.settings import declared_settings
from rolecall.systems.requests import Json


@dataclass(frozen=True)
class _Sort:
    """A sort of object of a metastore.

    Attributes:
        noun: its singular noun.
        path: the path of its list.
        items: the key of its items.
        securable: the type of its grants and bindings; empty without grants.
        kind: the kind of the contract's own; None where no contract declares any.
        query: the parameters of the list.
    """

    noun: str
    path: str
    items: str
    securable: str
    kind: Kind | None = None
    query: tuple[tuple[str, str], ...] = ()


SORTS = (
    _Sort("external location", "external-locations", "external_locations", "external_location", Kind.EXTERNAL_LOCATION),
    _Sort(
        "storage credential",
        "storage-credentials",
        "storage_credentials",
        "storage_credential",
        Kind.STORAGE_CREDENTIAL,
    ),
    # Without a purpose, storage credentials are in the list too: …/api/workspace/credentials/listcredentials.
    _Sort(
        "service credential",
        "credentials",
        "credentials",
        "credential",
        Kind.SERVICE_CREDENTIAL,
        (("purpose", "SERVICE"),),
    ),
    _Sort("connection", "connections", "connections", "connection", Kind.CONNECTION),
    _Sort("share", "shares", "shares", "", Kind.SHARE),
    _Sort("recipient", "recipients", "recipients", "", Kind.RECIPIENT),
)
# The fields of a live credential that name its cloud identity, and those of a declared one.
IDENTITY_FIELDS = (
    ("aws_iam_role", "role_arn"),
    ("azure_managed_identity", "access_connector_id"),
    ("azure_managed_identity", "managed_identity_id"),
)
OWN_IDENTITIES = ("aws_iam_role", "azure_access_connector", "azure_managed_identity")
READ = (
    *(f"owners of {one.noun}s{' and rights on them' if one.securable else ''}" for one in SORTS),
    "isolation and workspace bindings of the contract's external locations and credentials",
    "where the contract's connections lead to",
    "credentials that act as the cloud identity of the contract's storage credentials",
    "tables, schemas and models in shares, with the recipients",
    "content of the contract's shares, and tokens, addresses and sign-ins of its recipients",
)


def around_ways(places: Sequence[Place], workspace_id: Callable[[], str], pool: ThreadPoolExecutor, ways: Ways) -> None:
    """Read the ways of one workspace's metastore concurrently into `ways`.

    Args:
        places: one for each environment of the workspace that is compared.
        workspace_id: returns the id of the workspace.
        pool: runs the reads.
        ways: is filled.
    """
    place, stages = places[0], [one.environment for one in places]
    workspace = place.contract.environments[place.environment].workspace
    ways.read += (f"{way} (metastore of workspace {workspace})" for way in READ)
    own = _own(place)
    reads = [
        pool.submit(
            ways.collect,
            f"{sort.noun}s of the metastore of workspace {workspace}",
            partial(_listed, place, sort, stages, own, workspace_id),
        )
        for sort in SORTS
    ]
    for reading in reads:
        reading.result()


def _own(place: Place) -> Mapping[tuple[Kind, str], list[ObjectId]]:
    """Return the contract's objects of the metastore, by kind and lower-case name; names may repeat in others."""
    contract = place.contract
    here = contract.workspaces[contract.environments[place.environment].workspace]
    found: dict[tuple[Kind, str], list[ObjectId]] = {}
    for environment, settings in contract.environments.items():
        workspace = contract.workspaces[settings.workspace]
        if workspace is not here and workspace.metastore != here.metastore:
            continue
        for sort in SORTS:
            for one in objects_of(contract, environment, sort.kind) if sort.kind else ():
                target = one.id_in(environment)
                found.setdefault((target.kind, name_of(contract, target).lower()), []).append(target)
    return found


def _listed(
    place: Place,
    sort: _Sort,
    stages: Sequence[str],
    own: Mapping[tuple[Kind, str], list[ObjectId]],
    workspace_id: Callable[[], str],
) -> list[Unmanaged]:
    found: list[Unmanaged] = []
    for item in listed(lambda: place.reader.every(f"{ROOT}/{sort.path}", sort.items, **dict(sort.query))):
        name = str(item.get("name"))
        targets = own.get((sort.kind, name.lower()), []) if sort.kind else []
        if not targets:
            found += _unnamed(place, sort, name, item, stages)
        for target in targets:
            # Those of other environments are reported with these.
            if target.environment in stages:
                found += _named(place, sort, name, item, target, workspace_id)
    return found


def _named(
    place: Place, sort: _Sort, name: str, item: Json, target: ObjectId, workspace_id: Callable[[], str]
) -> Iterator[Unmanaged]:
    """Report an owner and bindings of the contract's own object that the contract does not give."""
    owner = str(item.get("owner") or "")
    manages = _managers(place, target)
    if owner and not place.known.is_administrator(owner) and owner not in (*manages, "System user"):
        yield Unmanaged(
            f"owner of {sort.noun} {name}: {place.known.shown(owner)}",
            "may do everything with it and grant it to anybody",
            "its owner or a metastore administrator: "
            f"`databricks {sort.path} update {name} --owner {place.known.deployer}`",
            (LiveStep(place.known.actor(owner), strongest(target), "owns it, so may"),)
            if BY_NAME[target.kind].verbs
            else (),
        )
    yield from declared_settings(place, _declared(place, target), item, name, target)
    own = _declared(place, target)
    if isinstance(own, BoundObject) and own.existing is None and item.get("isolation_mode") != ISOLATED:
        yield Unmanaged(
            f"isolation of {sort.noun} {name}",
            "can be used from every workspace of its metastore, and from its environment's alone in the contract",
            "`rolecall up --refresh`",
        )
    if isinstance(own, BoundObject) and own.existing is None:
        here = {workspace_id(), *(place.bound[one] for one in own.workspaces if one in place.bound)}
        for binding in place.reader.every(f"{ROOT}/bindings/{sort.securable}/{name}", "bindings"):
            if (other := str(binding.get("workspace_id"))) not in here and place.knows(own.workspaces):
                change = f'{{"remove": [{{"workspace_id": {other}}}]}}'
                yield Unmanaged(
                    f"binding of {sort.noun} {name} to workspace {other}",
                    f"opens the {sort.noun} in a workspace that is not its environment's",
                    "a metastore administrator: "
                    f"`databricks workspace-bindings update-bindings {sort.securable} {name} --json '{change}'`",
                )


def _declared(place: Place, target: ObjectId) -> MetastoreObject:
    declared = BY_NAME[target.kind].objects(place.contract.projects[target.own_project])[target.key]
    assert isinstance(declared, MetastoreObject)
    return declared.for_environment(target.own_environment)


def _managers(place: Place, target: ObjectId) -> set[str]:
    """Return the live names of subjects that may manage an object by the contract, which its owner may do too."""
    given = {subject for subject, verb in place.given.get(target, {}).items() if verb.rank >= Verb.MANAGE.rank}
    groups = {name for name, group in place.principals.groups_by_name.items() if group in given}
    return groups | {application for application, principal in place.principals.declared.items() if principal in given}


def _unnamed(place: Place, sort: _Sort, name: str, item: Json, stages: Sequence[str]) -> Iterator[Unmanaged]:
    """Report an object that the contract does not name, with its use by the contract's subjects."""
    owner = place.known.subject(str(item.get("owner") or ""))
    uses = [f"is owned by {owner}"] if owner and owner != "the deployer" else []
    grants = place.reader.grants(sort.securable, name) if sort.securable else []
    uses += (
        f"gives {holder} {_words(grant)}"
        for grant in grants
        if (holder := place.known.holder(str(grant.get("principal")))) and holder != "the deployer"
    )
    steps: tuple[LiveStep, ...] = ()
    if sort.noun == "share" and (data := _shared(place, name)):
        held = place.reader.get(f"{ROOT}/shares/{name}/permissions").get("privilege_assignments") or []
        recipients = ", ".join(sorted(str(one.get("principal")) for one in held)) or ", none yet"
        uses.append(f"shares {', '.join(data)} with its recipients {recipients}".replace(" , ", ", "))
        steps = place.known.reading(f"recipients of share {name}", data, "read through the share, so may")
    if sort.kind is Kind.STORAGE_CREDENTIAL and (locations := _reached_with(place, name, stages)):
        shown = ", ".join(map(str, locations))
        holders = [one for one in grants if not place.known.is_administrator(str(one.get("principal")))]
        uses += [
            f"gives {place.known.shown(str(one.get('principal')))} {_words(one)}, and reaches {shown}"
            for one in holders
        ]
        steps = (*steps, *_steps(place, holders, locations))
    if twins := _same_identity(place, item):
        shown = ", ".join(map(str, twins))
        holders = [one for one in grants if not place.known.is_administrator(str(one.get("principal")))]
        uses += [
            f"gives {place.known.shown(str(one.get('principal')))} {_words(one)}, and is the cloud identity of {shown}"
            for one in holders
        ] or [f"is the cloud identity of {shown}"]
        steps = (*steps, *_steps(place, holders, twins))
    how = f"its owner: `databricks {sort.path} delete {name}`, or revoke the grant" if uses else ""
    yield Unmanaged(f"{sort.noun} {name}", "; ".join(dict.fromkeys(uses)), how, steps)


def _words(grant: Json) -> str:
    return ", ".join(map(str, grant.get("privileges") or []))


def _reached_with(place: Place, credential: str, stages: Sequence[str]) -> list[ObjectId]:
    """Return the contract's external locations that use a credential which the contract does not declare."""
    found: list[ObjectId] = []
    for environment in stages:
        for one in objects_of(place.contract, environment, Kind.EXTERNAL_LOCATION):
            assert isinstance(one.value, ExternalLocation)
            named = one.value.for_environment(environment).credential_name
            if named is not None and named.lower() == credential.lower():
                found.append(one.id_in(environment))
    return found


def _same_identity(place: Place, item: Json) -> list[ObjectId]:
    """Return the contract's storage credentials that act as the cloud identity of a credential."""
    live = {str(named).casefold() for held, field in IDENTITY_FIELDS if (named := (item.get(held) or {}).get(field))}
    found: list[ObjectId] = []
    for environment in place.contract.environments if live else ():
        for one in objects_of(place.contract, environment, Kind.STORAGE_CREDENTIAL):
            target = one.id_in(environment)
            declared = _declared(place, target)
            own = {str(getattr(declared, field, None)).casefold() for field in OWN_IDENTITIES}
            if own & live:
                found.append(target)
    return found


def _steps(place: Place, grants: Iterable[Json], locations: Sequence[ObjectId]) -> Iterator[LiveStep]:
    """Yield the steps of holders of a storage credential: they reach files past the access list of a location."""
    for grant in grants:
        held = {str(one).replace(" ", "_") for one in grant.get("privileges") or []}
        verb = Verb.VIEW if held <= {"READ_FILES"} else Verb.EDIT
        actor = place.known.actor(str(grant.get("principal")))
        yield from (
            LiveStep(actor, weakest(one, verb), "holds a credential that reaches it, so may") for one in locations
        )


def _shared(place: Place, name: str) -> list[str]:
    """Return the contract's data to which a share grants its recipients access.

    https://docs.databricks.com/api/workspace/shares/get
    """
    share = place.reader.get(f"{ROOT}/shares/{name}", include_shared_data="true")
    names = [str(shared.get("name")) for shared in share.get("objects") or []]
    return sorted(shared for shared in names if place.known.reads({"name": shared}))


def declares_any(place: Place) -> bool:
    """Return whether an environment has a catalog or objects of its metastore."""
    if place.contract.environments[place.environment].catalog:
        return True
    kinds = [sort.kind for sort in SORTS if sort.kind]
    return any(True for kind in kinds for _ in objects_of(place.contract, place.environment, kind))
