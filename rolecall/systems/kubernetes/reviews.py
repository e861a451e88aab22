"""Permissions of subjects by the API server itself, with all its authorizers (SubjectAccessReview).

https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/subject-access-review-v1/
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from rolecall.systems.kubernetes.client import Cluster, allowed
from rolecall.systems.kubernetes.powers import Power
from rolecall.systems.kubernetes.rbac import Holder

# Reviews in parallel.
AT_ONCE = 16
# Groups of every service account: https://kubernetes.io/docs/reference/access-authn-authz/service-accounts-admin/
ACCOUNTS = "system:serviceaccounts"
AUTHENTICATED = "system:authenticated"


@dataclass(frozen=True)
class Question:
    """An action that the server is asked about.

    Attributes:
        holder: who would do it; of a group, a member without other groups.
        namespace: the namespace.
        verb: the verb.
        group: the API group.
        resource: the resource, with its subresource after a `/`.
        name: the object; empty for all.
    """

    holder: Holder
    namespace: str
    verb: str
    group: str
    resource: str
    name: str = ""


def groups_of(holder: Holder) -> list[str]:
    """Return the groups that the server counts a subject into."""
    if holder.kind == "ServiceAccount":
        return [ACCOUNTS, accounts_of(holder.name.partition("/")[0]), AUTHENTICATED]
    if holder.kind == "Group":
        inside = [ACCOUNTS] if holder.name.startswith(f"{ACCOUNTS}:") else []
        return [holder.name, *inside, AUTHENTICATED]
    return [AUTHENTICATED]


def accounts_of(namespace: str) -> str:
    """Return the group of all service accounts of a namespace."""
    return f"{ACCOUNTS}:{namespace}"


def permitted(client: Cluster, questions: Iterable[Question]) -> Iterator[Question]:
    """Yield the actions that the server permits."""
    asked = [*questions]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = pool.map(lambda one: _is_permitted(client, one), asked)
        yield from (one for one, answer in zip(asked, answers, strict=True) if answer)


def questions_of(holder: Holder, power: Power, namespace: str) -> Sequence[Question]:
    """Return each action with which a subject would have a power in a namespace."""
    return [
        Question(holder, namespace, verb, power.group, resource)
        for resource, verbs in power.actions.items()
        for verb in verbs
    ]


def _is_permitted(client: Cluster, asked: Question) -> bool:
    resource, _, sub = asked.resource.partition("/")
    attributes = {
        "namespace": asked.namespace,
        "verb": asked.verb,
        "group": asked.group,
        "resource": resource,
        **({"subresource": sub} if sub else {}),
        **({"name": asked.name} if asked.name else {}),
    }
    holder = asked.holder
    return allowed(client, "" if holder.kind == "Group" else holder.user, groups_of(holder), attributes)
