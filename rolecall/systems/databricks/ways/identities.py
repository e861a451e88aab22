"""Find the contract's principals, secrets and data in a response of Databricks, and how the response uses them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from rolecall.access.graph.live_step import LiveStep, weakest
from rolecall.access.graph.nodes import Origin, OriginType
from rolecall.contract.contract import Contract
from rolecall.contract.naming import ALL_USERS, object_name
from rolecall.contract.objects import catalog_id, objects_of
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ObjectId, Subject, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import IN_CATALOGS, IN_SCHEMAS
from rolecall.systems.databricks.principals import Principals
from rolecall.systems.databricks.ways.sql_names import names_in

_SECRET = re.compile(r"\{\{\s*secrets/([^/}\s]+)/[^}]*\}\}")
# https://docs.databricks.com/en/sql/language-manual/functions/secret.html
_SECRET_FUNCTION = re.compile(r"\b(?:try_)?secret\s*\((?:[^()]*?\bscope\s*=>)?\s*\\?['\"]([^'\"\\]+)", re.IGNORECASE)
_APPLICATION = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# Meaning of a field that names a principal, by a part of the field's name; the first match applies.
_USES = (
    ("run_as", "runs as"),
    ("single_user", "runs as"),
    ("service_principal", "runs as"),
    ("owner", "is owned by"),
    ("creat", "was created by"),
)
# The deployer creates and owns everything that it deploys, so only these uses by it are reported.
_OF_DEPLOYER = ("runs as",)


@dataclass(frozen=True)
class Identities:
    """Names and ids of the contract's subjects and objects in responses.

    Attributes:
        principals: names for reports by application id and by account id, including the deployer's.
        groups: names for reports of the contract's groups, by their current names.
        scopes: names of secret scopes.
        data: full names of catalogs and schemas, in lower case.
        deployer: application id of the deployer.
        administrators: names and ids of permitted administrators, in lower case.
        subjects: the contract's subjects by their live names and ids.
        objects: the contract's secret scopes, catalogs, datasets, models, tables, volumes and functions by their live
            names, in lower case.
        token_users: by workspace, the sign-in names of people who may have tokens by `tokens`, in lower case.
    """

    principals: Mapping[str, str]
    groups: Mapping[str, str]
    scopes: frozenset[str]
    data: frozenset[str]
    deployer: str
    administrators: frozenset[str] = field(default_factory=frozenset)
    subjects: Mapping[str, Subject] = field(default_factory=dict)
    objects: Mapping[str, ObjectId] = field(default_factory=dict)
    token_users: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def subject(self, name: str) -> str | None:
        """Return the name for reports of a principal or group of the contract; None for any other."""
        return self.principals.get(name) or self.groups.get(name)

    def holder(self, name: str) -> str | None:
        """Return the name for reports of a subject of the contract or of a group of all users; None for any other."""
        return self.subject(name) or (f"everybody ({name})" if name in ALL_USERS else None)

    def shown(self, name: str) -> str:
        """Return the name for reports of any principal."""
        return self.subject(name) or (f"person {name}" if "@" in name else name)

    def is_administrator(self, *names: str) -> bool:
        """Return whether one of a principal's names is an administrator's."""
        return any(name.casefold() in self.administrators for name in names if name)

    def actor(self, name: str) -> Subject:
        """Return who is meant by a live name or id: a subject of the contract, a group of all users, or another one."""
        if found := self.subjects.get(name):
            return found
        if name in ALL_USERS:
            return GroupId(name)
        kind = SubjectType.SERVICE_PRINCIPAL if _APPLICATION.fullmatch(name) else SubjectType.GROUP
        return LiveSubject(SubjectType.PERSON if "@" in name else kind, name)

    def objects_at(self, full_name: str) -> list[ObjectId]:
        """Return the objects of the contract that a live name stands for, that it lies in, or that lie in it."""
        name = full_name.lower()
        parents = [name.rsplit(".", depth)[0] for depth in range(name.count(".") + 1)]
        for one in parents:
            if one in self.objects and (one == name or one.count(".") > 0):
                return [self.objects[one]]
        return [target for other, target in self.objects.items() if other.startswith(f"{name}.")]

    def steps(self, thing: str, item: Any, more: Iterable[LiveStep] = ()) -> tuple[LiveStep, ...]:
        """Return what an unmanaged thing adds to the access graph: as whom it runs, what it reads, who made it."""
        origin = Origin(OriginType.UNMANAGED, thing)
        found = [*more]
        makers: list[str] = []
        for text, path in _leaves(item, ()):
            way = _way(path)
            if way == "runs as" and (subject := self.subjects.get(text)):
                found.append(LiveStep(origin, subject, "runs as"))
            elif way in ("was created by", "is owned by") and path and path[-1] not in ("create_time", "created_time"):
                makers.append(text)
            scopes = [*_scopes_in(text), *([text] if path and path[-1] in ("scope", "secret_scope") else [])]
            found += (
                LiveStep(origin, weakest(self.objects[scope], Verb.VIEW), "reads secrets, so may")
                for scope in scopes
                if scope in self.scopes and scope in self.objects
            )
        if found:
            found += (
                LiveStep(self.actor(one), origin, "made")
                for one in dict.fromkeys(makers)
                if "@" in one or _APPLICATION.fullmatch(one) or one in self.subjects
            )
        return tuple(dict.fromkeys(found))

    def reading(self, thing: str, names: Iterable[str], why: str) -> tuple[LiveStep, ...]:
        """Return the steps of a thing that allows its users to read data of the contract."""
        origin = Origin(OriginType.UNMANAGED, thing)
        targets = dict.fromkeys(target for name in names for target in self.objects_at(name))
        return tuple(LiveStep(origin, weakest(target, Verb.VIEW), why) for target in targets)

    def uses(self, item: Any) -> list[str]:
        """Return how a response uses the contract's principals and secrets, such as `runs as group engineers`."""
        return list(dict.fromkeys(way for text, path in _leaves(item, ()) for way in self._of_leaf(text, path)))

    def reads(self, item: Any) -> list[str]:
        """Return the catalogs and schemas of the contract that a response names."""
        return sorted({name for text, _ in _leaves(item, ()) for name in self._data_in(text)})

    def _of_leaf(self, text: str, path: Sequence[str]) -> Iterator[str]:
        if subject := self.subject(text):
            way = _way(path)
            if text != self.deployer or way in _OF_DEPLOYER:
                yield f"{way} {subject}"
            return
        for scope in _scopes_in(text):
            if scope in self.scopes:
                yield f"reads secrets of {scope}"
        if path and path[-1] in ("scope", "secret_scope") and text in self.scopes:
            yield f"reads secrets of {text}"

    def _data_in(self, text: str) -> Iterator[str]:
        # SQL may quote each part of a name, and put spaces and comments between the parts.
        lowered = text.lower().replace("`", "")
        written = {lowered, lowered.replace('\\"', "").replace('"', "")}
        split = set[str]().union(*map(names_in, written))
        for name in self.data:
            near = (one for one in written if name in one)
            if name in split or any(one == name or _pattern(name).search(one) for one in near):
                yield name


def _scopes_in(text: str) -> list[str]:
    """Return the secret scopes that a text names: in settings as {{secrets/…}}, in SQL by functions."""
    return [*_SECRET.findall(text), *_SECRET_FUNCTION.findall(text)]


@cache
def _pattern(name: str) -> re.Pattern[str]:
    """Return a pattern for a Unity Catalog name in lower-case text; a bare catalog matches only in USE CATALOG."""
    before = r"(?<![\w.])" if "." in name else r"\buse\s+(?:catalog\s+)?"
    return re.compile(rf"{before}{re.escape(name)}(?!\w)")


def _leaves(value: Any, path: Sequence[str]) -> Iterator[tuple[str, Sequence[str]]]:
    """Yield every string and integer of a response with the path of its keys."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield from _leaves(inner, (*path, str(key)))
    elif isinstance(value, list):
        for inner in value:
            yield from _leaves(inner, path)
    elif isinstance(value, (str, int)) and not isinstance(value, bool):
        yield str(value), path


def _way(path: Sequence[str]) -> str:
    joined = ".".join(path).lower()
    return next((words for part, words in _USES if part in joined), "names")


def identities_of(contract: Contract, principals: Principals, environments: Iterable[str]) -> Identities:
    """Return the names and ids of the contract's subjects and objects in some environments."""
    ids = {
        str(principal["applicationId"]): str(principal["id"])
        for principal in principals.scim.get("ServicePrincipals", ())
    }
    shown = {application: str(principal) for application, principal in principals.declared.items()}
    deployer = contract.databricks.deployer
    shown[deployer] = "the deployer"
    shown |= {ids[application]: text for application, text in [*shown.items()] if application in ids}
    groups = {
        name: f"group {group.key}" for name, group in principals.groups_by_name.items() if isinstance(group, GroupId)
    }
    chosen = [*environments]
    scopes = {
        object_name(contract, Kind.SECRET_SCOPE, scope.project, scope.key, environment)
        for environment in chosen
        for scope in objects_of(contract, environment, Kind.SECRET_SCOPE)
    }
    schemas = {
        object_name(contract, kind.name, declared.project, declared.key, environment).lower()
        for environment in chosen
        for kind in IN_CATALOGS
        for declared in objects_of(contract, environment, kind.name)
    }
    catalogs = {
        str(contract.environments[name].catalog).lower() for name in chosen if contract.environments[name].catalog
    }
    subjects: dict[str, Subject] = {**principals.declared, deployer: DeployerId(deployer)}
    subjects |= {ids[application]: subject for application, subject in [*subjects.items()] if application in ids}
    subjects |= {name: group for name, group in principals.groups_by_name.items() if isinstance(group, GroupId)}
    objects: dict[str, ObjectId] = {}
    for environment in chosen:
        if (catalog := catalog_id(contract, environment)) is not None:
            objects[str(contract.environments[environment].catalog).lower()] = catalog
        parts = [kind.name for kind in IN_SCHEMAS] if contract.environments[environment].catalog else []
        for kind in (Kind.SECRET_SCOPE, *(one.name for one in IN_CATALOGS), *parts):
            for declared in objects_of(contract, environment, kind):
                name = object_name(contract, kind, declared.project, declared.key, environment)
                objects[name if kind is Kind.SECRET_SCOPE else name.lower()] = declared.id_in(environment)
    return Identities(
        shown,
        {name: text for name, text in groups.items() if name not in ALL_USERS},
        frozenset(scopes),
        frozenset(schemas | catalogs),
        deployer,
        administrators_of(contract, principals),
        subjects,
        objects,
        {
            name: members_of(principals, [GroupId(key) for key in workspace.tokens.users])
            for name, workspace in contract.workspaces.items()
            if workspace.tokens is not None
        },
    )


def administrators_of(contract: Contract, principals: Principals) -> frozenset[str]:
    """Return the names and ids of permitted administrators and the members of their groups, in lower case."""
    declared = {contract.databricks.deployer, *contract.administrators}
    if contract.break_glass is not None:
        declared.add(contract.break_glass.group)
    by_id = {str(principal["id"]): principal for listed in principals.scim.values() for principal in listed}
    live = {name for name, group in principals.groups_by_name.items() if isinstance(group, GroupId)}
    names: set[str] = {name.casefold() for name in declared}
    keys = {str(group.key): name for name, group in principals.groups_by_name.items() if isinstance(group, GroupId)}
    pending = [keys[key] for key in declared if keys.get(key) in live]
    seen: set[str] = set()
    groups = {str(group["displayName"]): group for group in principals.scim.get("Groups", ())}
    while pending:
        name = pending.pop()
        if name in seen or name not in groups:
            continue
        seen.add(name)
        names |= {name.casefold(), str(groups[name]["id"])}
        for member in groups[name].get("members") or []:
            principal = by_id.get(str(member.get("value")), {})
            if "displayName" in principal and str(principal["displayName"]) in groups:
                pending.append(str(principal["displayName"]))
            identifiers = (principal.get(key) for key in ("id", "userName", "applicationId"))
            names |= {str(identifier).casefold() for identifier in identifiers if identifier}
    for principal in principals.scim.get("ServicePrincipals", ()):
        if str(principal["applicationId"]).casefold() in names:
            names.add(str(principal["id"]))
    return frozenset(names)


def members_of(principals: Principals, subjects: Iterable[Subject]) -> frozenset[str]:
    """Return the sign-in names of the people in some groups, nested ones included, in lower case."""
    by_id: Mapping[str, Mapping[str, object]] = {
        str(one["id"]): one for listed in principals.scim.values() for one in listed
    }
    wanted = {subject for subject in subjects if isinstance(subject, GroupId)}
    pending = [
        group
        for group in principals.scim.get("Groups", ())
        if principals.groups_by_name.get(str(group["displayName"])) in wanted
    ]
    found: set[str] = set()
    seen: set[str] = set()
    while pending:
        group = pending.pop()
        if str(group["id"]) in seen:
            continue
        seen.add(str(group["id"]))
        for member in group.get("members") or []:
            one = by_id.get(str(member.get("value")), {})
            if name := one.get("userName"):
                found.add(str(name).casefold())
            elif "members" in one:
                pending.append(dict(one))
    return frozenset(found)
