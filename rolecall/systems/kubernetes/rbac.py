"""Who may do what by a cluster's RBAC objects: https://kubernetes.io/docs/reference/access-authn-authz/rbac/."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolecall.ids.ids import LiveSubject, SubjectType
from rolecall.systems.kubernetes.powers import Power
from rolecall.systems.kubernetes.selectors import selects

Object = Mapping[str, Any]
EVERYTHING = "*"
# A service account as a user: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#referring-to-subjects
_ACCOUNT = re.compile("system:serviceaccount:([^:/]+):([^:/]+)")


@dataclass(frozen=True, order=True)
class Holder:
    """A subject of a binding.

    Attributes:
        kind: User, Group or ServiceAccount.
        name: its name; NAMESPACE/NAME for a service account.
    """

    kind: str
    name: str

    @property
    def user(self) -> str:
        """The name by which the API server knows it, where it is no group."""
        if self.kind != "ServiceAccount":
            return self.name
        namespace, _, name = self.name.partition("/")
        return f"system:serviceaccount:{namespace}:{name}"

    @property
    def shown(self) -> str:
        """It in words."""
        words = {"User": "user", "Group": "group", "ServiceAccount": "service account"}
        return f"{words.get(self.kind, self.kind)} {self.name}"

    @property
    def live(self) -> LiveSubject:
        """It as a subject that the contract does not know."""
        types = {"Group": SubjectType.GROUP, "ServiceAccount": SubjectType.SERVICE_PRINCIPAL}
        return LiveSubject(types.get(self.kind, SubjectType.PERSON), self.name)


@dataclass(frozen=True)
class Held:
    """A power that a subject holds by a binding.

    Attributes:
        holder: the subject.
        power: the power.
        binding: the binding, as messages name it.
        namespace: the namespace of the binding; empty for one of the whole cluster.
    """

    holder: Holder
    power: Power
    binding: str
    namespace: str


@dataclass(frozen=True)
class Rbac:
    """A cluster's roles and bindings.

    Attributes:
        roles: rules of roles, by namespace and name; those of the whole cluster have no namespace.
        bindings: all bindings.
    """

    roles: Mapping[tuple[str, str], Sequence[Object]]
    bindings: Sequence[Object]

    @classmethod
    def of(cls, found: Iterable[Object]) -> Rbac:
        """Return the roles and bindings among objects of the API; aggregated roles have the rules of all that fit."""
        objects = [*found]
        cluster_roles = [one for one in objects if one["kind"] == "ClusterRole"]
        roles = {
            (str(one["metadata"].get("namespace") or ""), str(one["metadata"]["name"])): _rules(one, cluster_roles)
            for one in objects
            if one["kind"] in ("Role", "ClusterRole")
        }
        return cls(roles, [one for one in objects if one["kind"] in ("RoleBinding", "ClusterRoleBinding")])

    def bound(self, namespaces: Collection[str]) -> Iterator[tuple[Sequence[Holder], str, str, Sequence[Object]]]:
        """Yield the subjects, name, namespace and rules of each binding of some namespaces, or of the whole cluster."""
        for binding in self.bindings:
            namespace = str(binding["metadata"].get("namespace") or "")
            if namespace and namespace not in namespaces:
                continue
            reference = binding["roleRef"]
            place = (namespace if reference["kind"] == "Role" else "", str(reference["name"]))
            shown = f"{binding['kind']} {f'{namespace}/' if namespace else ''}{binding['metadata']['name']}"
            rules = self.roles.get(place)
            if rules is not None:
                yield [_holder(one, namespace) for one in binding.get("subjects") or []], shown, namespace, rules

    def held(self, namespaces: Iterable[str], powers: Sequence[Power]) -> Iterator[Held]:
        """Yield each power in some namespaces that a subject has by a binding there or of the whole cluster."""
        for holders, shown, namespace, rules in self.bound({*namespaces}):
            given = [one for one in powers if (one.namespaced or not namespace) and permits(rules, one)]
            for holder in holders:
                yield from (Held(holder, one, shown, namespace) for one in given)


def verbs_on(rules: Iterable[Object], group: str, resource: str, name: str) -> set[str]:
    """Return the verbs that rules grant on one object, as written: `*` means all verbs."""
    found: set[str] = set()
    for rule in rules:
        names = rule.get("resourceNames") or []
        if _has(rule, "apiGroups", {group}) and _resources(rule, (resource,)) and (not names or name in names):
            found |= {str(one) for one in rule.get("verbs") or []}
    return found


def permits(rules: Iterable[Object], power: Power) -> bool:
    """Return whether rules give a power: any of its verbs on any of its resources, in whole or on single objects."""
    return any(
        _has(rule, "apiGroups", {power.group})
        and _has(rule, "verbs", {*power.verbs})
        and _resources(rule, power.resources)
        and _names(rule, power.names)
        for rule in rules
    )


def _has(rule: Object, key: str, wanted: set[str]) -> bool:
    written = {str(one) for one in rule.get(key) or []}
    return EVERYTHING in written or bool(written & wanted)


def _names(rule: Object, wanted: Sequence[str]) -> bool:
    """Return whether a rule is about one of some objects; without a choice, any object counts."""
    written = rule.get("resourceNames") or []
    return not wanted or not written or bool({*written} & {*wanted})


def _resources(rule: Object, wanted: Sequence[str]) -> bool:
    for written in (str(one) for one in rule.get("resources") or []):
        for one in wanted:
            _, slash, sub = one.partition("/")
            # `*/exec` is that subresource of every resource.
            if written in (EVERYTHING, one) or (slash and written == f"{EVERYTHING}/{sub}"):
                return True
    return False


def _rules(role: Object, cluster_roles: Sequence[Object], seen: frozenset[str] = frozenset()) -> list[Object]:
    """Return a role's rules with those of the roles that it aggregates, in any number of steps.

    A controller writes them into the role; what it has not written yet counts too.
    """
    rules = [*(role.get("rules") or [])]
    selectors = (role.get("aggregationRule") or {}).get("clusterRoleSelectors") or []
    known = seen | {str(role["metadata"]["name"])}
    for other in cluster_roles if selectors else ():
        labels = other["metadata"].get("labels") or {}
        if other["metadata"]["name"] not in known and any(selects(one, labels) for one in selectors):
            rules += _rules(other, cluster_roles, known)
    return rules


def _holder(subject: Object, namespace: str) -> Holder:
    kind, name = str(subject.get("kind")), str(subject.get("name"))
    if kind == "User" and (account := _ACCOUNT.fullmatch(name)):
        return Holder("ServiceAccount", "/".join(account.groups()))
    if kind == "ServiceAccount":
        return Holder(kind, f"{subject.get('namespace') or namespace}/{name}")
    return Holder(kind, name)
