"""Rights on the API server that lead past the mesh's policies, or to the rights of others.

https://kubernetes.io/docs/concepts/security/rbac-good-practices/#privilege-escalation-risks
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rolecall.systems.kubernetes.mesh.objects import GATEWAY_GROUP, POLICY_GROUP

WRITE = ("create", "update", "patch")
CHANGE = (*WRITE, "delete", "deletecollection")


@dataclass(frozen=True)
class Power:
    """A right with which a subject reaches what it does not hold.

    Attributes:
        name: what it is, in words.
        group: the API group.
        resources: the resources, each of which is enough.
        verbs: the verbs, each of which is enough.
        means: what its holder reaches.
        acts_as: whether its holder may act as the service accounts of the namespace.
        namespaced: whether a binding of a namespace can give it.
    """

    name: str
    group: str
    resources: Sequence[str]
    verbs: Sequence[str]
    means: str
    acts_as: bool = False
    namespaced: bool = True


AS_ACCOUNTS = "acts as the service accounts of the namespace"
POWERS: tuple[Power, ...] = (
    Power(
        "run commands in pods",
        "",
        ("pods/exec", "pods/attach", "pods/ephemeralcontainers"),
        ("create", "get", *WRITE),
        AS_ACCOUNTS,
        acts_as=True,
    ),
    Power("create pods", "", ("pods", "replicationcontrollers"), WRITE, AS_ACCOUNTS, acts_as=True),
    Power(
        "change workloads",
        "apps",
        ("deployments", "statefulsets", "daemonsets", "replicasets"),
        WRITE,
        AS_ACCOUNTS,
        acts_as=True,
    ),
    Power("change jobs", "batch", ("jobs", "cronjobs"), WRITE, AS_ACCOUNTS, acts_as=True),
    Power("create tokens", "", ("serviceaccounts/token",), ("create",), AS_ACCOUNTS, acts_as=True),
    Power("impersonate service accounts", "", ("serviceaccounts",), ("impersonate",), AS_ACCOUNTS, acts_as=True),
    Power(
        "impersonate users",
        "",
        ("users", "groups"),
        ("impersonate",),
        "acts as everybody",
        acts_as=True,
        namespaced=False,
    ),
    Power("read Secrets", "", ("secrets",), ("get", "list", "watch"), "reads keys and tokens"),
    Power("change Secrets", "", ("secrets",), WRITE, "replaces keys and tokens"),
    Power(
        "reach ports of pods",
        "",
        ("pods/portforward", "pods/proxy", "services/proxy"),
        ("create", "get", *WRITE),
        "reaches ports past the mesh's policies",
    ),
    Power(
        "reach nodes",
        "",
        ("nodes/proxy",),
        ("create", "get"),
        "runs commands in every pod",
        acts_as=True,
        namespaced=False,
    ),
    Power(
        "bind roles",
        "rbac.authorization.k8s.io",
        ("roles", "clusterroles"),
        ("bind",),
        "grants itself each right of the roles",
    ),
    Power(
        "escalate roles",
        "rbac.authorization.k8s.io",
        ("roles", "clusterroles"),
        ("escalate",),
        "puts each right into a role",
    ),
    Power(
        "change bindings",
        "rbac.authorization.k8s.io",
        ("rolebindings", "clusterrolebindings"),
        CHANGE,
        "grants its own rights to others, and revokes those of others",
    ),
    Power(
        "change roles",
        "rbac.authorization.k8s.io",
        ("roles", "clusterroles"),
        CHANGE,
        "changes what the bound subjects may do",
    ),
    Power(
        "change the mesh's policies",
        POLICY_GROUP,
        (
            *("servers", "serverauthorizations", "authorizationpolicies", "meshtlsauthentications"),
            *("networkauthentications", "httproutes"),
        ),
        CHANGE,
        "decides who may call the services",
    ),
    Power(
        "change routes of the Gateway API",
        GATEWAY_GROUP,
        ("httproutes", "grpcroutes"),
        CHANGE,
        "decides which requests the policies are about",
    ),
    Power(
        "change network policies",
        "networking.k8s.io",
        ("networkpolicies",),
        CHANGE,
        "opens what bypasses the mesh",
    ),
    Power("change the namespace", "", ("namespaces",), ("update", "patch", "delete"), "takes pods out of the mesh"),
    Power(
        "change admission rules",
        "admissionregistration.k8s.io",
        (
            *("validatingadmissionpolicies", "validatingadmissionpolicybindings"),
            *("mutatingwebhookconfigurations", "validatingwebhookconfigurations"),
        ),
        CHANGE,
        "decides what the cluster admits",
        namespaced=False,
    ),
)
