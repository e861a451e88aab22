"""Rules that a cluster enforces by itself on objects of every source, in namespaces of Rolecall.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from rolecall.contract.cluster import Mesh, hours
from rolecall.contract.cluster_checks import LONGEST_ANCHOR, LONGEST_ISSUER
from rolecall.systems.kubernetes.admission_policy import Rule, cel_list, enforced
from rolecall.systems.kubernetes.api_kinds import CERT_MANAGER_GROUP
from rolecall.systems.kubernetes.mesh.compilation import NAMESPACE_LABEL
from rolecall.systems.kubernetes.mesh.objects import POLICY_GROUP
from rolecall.systems.kubernetes.mesh.privileges import ENFORCE, MESSAGE, unprivileged
from rolecall.systems.kubernetes.mesh.workload import DEFAULT_POLICY, IMAGES, INJECT, SKIP_PORTS, SKIP_SUBNETS
from rolecall.systems.kubernetes.ownership import MANAGED_BY, MANAGER, Manifest
from rolecall.systems.kubernetes.storage.claim_rules import StorageRules, claim_rules, class_rule
from rolecall.systems.kubernetes.storage.claims import RBAC_GROUP

ISSUER = "linkerd-identity-issuer"
_ANNOTATIONS = "has(object.metadata.annotations)"
# Groups that everybody is in, or every pod: https://kubernetes.io/docs/reference/access-authn-authz/rbac/.
_EVERYBODY = ["system:authenticated", "system:unauthenticated", "system:serviceaccounts"]
_NO_EVERYBODY = f"!has(object.subjects) || object.subjects.all(one, !(one.name in {json.dumps(_EVERYBODY)}))"
_NO_BYPASS = " && ".join(f"!('{one}' in object.metadata.annotations)" for one in (SKIP_PORTS, SKIP_SUBNETS, *IMAGES))
# cert-manager makes a request for each Certificate, with its life: https://cert-manager.io/docs/usage/certificaterequest/
_CERTIFICATES = ("certificates", "certificaterequests")
_IS_AUTHORITY = "(has(object.spec.isCA) && object.spec.isCA)"
_LIFE_MESSAGE = "a certificate ends within {} days; a certificate authority has to state its duration, within {} days"


def _labelled(name: str) -> str:
    """Return an expression that holds where an object carries Rolecall's label."""
    labels = f"{name}.metadata.labels"
    return f"(has({labels}) && '{MANAGED_BY}' in {labels} && {labels}['{MANAGED_BY}'] == '{MANAGER}')"


def _ends_within(period: str) -> str:
    """Return an expression that is true if a certificate states a life of at most a period."""
    return f"(has(object.spec.duration) && duration(object.spec.duration) <= duration('{hours(period)}h'))"


def _life(authority: str, other: str) -> str:
    """Return an expression that is true if the life of a certificate is bounded; by default it is 90 days.

    Args:
        authority: the longest life of a certificate authority, which has to state it.
        other: the longest life of other certificates.
    """
    return f"{_IS_AUTHORITY} ? {_ends_within(authority)} : (!has(object.spec.duration) || {_ends_within(other)})"


def _days(*periods: str) -> tuple[int, ...]:
    return tuple(hours(one) // 24 for one in periods)


RULES = (
    Rule(
        "rolecall-policy-requires-authentication",
        POLICY_GROUP,
        "authorizationpolicies",
        "size(object.spec.requiredAuthenticationRefs) > 0",
        "an AuthorizationPolicy without a required authentication admits every client",
    ),
    Rule(
        "rolecall-no-wildcard-identities",
        POLICY_GROUP,
        "meshtlsauthentications",
        "(!has(object.spec.identities) || object.spec.identities.all(one, !one.contains('*'))) && "
        "(!has(object.spec.identityRefs) || object.spec.identityRefs.all(one, one.kind == 'ServiceAccount'))",
        "a MeshTLSAuthentication names single identities: no '*', and no whole namespace",
    ),
    Rule(
        "rolecall-no-network-of-everybody",
        POLICY_GROUP,
        "networkauthentications",
        "object.spec.networks.all(one, !one.cidr.endsWith('/0'))",
        "a NetworkAuthentication of all addresses admits every client",
    ),
    Rule(
        "rolecall-server-denies",
        POLICY_GROUP,
        "servers",
        "has(object.spec.accessPolicy) && object.spec.accessPolicy in ['deny', 'audit']",
        "a Server admits only clients of its policies: `accessPolicy` is deny, or audit for a while",
    ),
    Rule(
        "rolecall-no-server-authorizations",
        POLICY_GROUP,
        "serverauthorizations",
        "false",
        "a ServerAuthorization admits clients beside the AuthorizationPolicies: write one of those",
    ),
    Rule(
        "rolecall-namespaces-keep-their-label",
        "",
        "namespaces",
        f"request.operation != 'UPDATE' || !{_labelled('oldObject')} || {_labelled('object')}",
        f"the label {MANAGED_BY} stays: by it the cluster knows the namespaces of these rules",
        everywhere=True,
    ),
    *(
        Rule(
            f"rolecall-{resource}-isolated",
            "",
            resource,
            f"!{_ANNOTATIONS} || ({_NO_BYPASS} && "
            f"(!('{DEFAULT_POLICY}' in object.metadata.annotations) || "
            f"object.metadata.annotations['{DEFAULT_POLICY}'] == 'deny') && "
            f"(!('{INJECT}' in object.metadata.annotations) || object.metadata.annotations['{INJECT}'] != 'disabled'))",
            "no port and no network is taken out of the mesh (`skip-inbound-ports`, `skip-subnets`), its programs are "
            "Linkerd's own, and the default policy is deny",
        )
        for resource in ("namespaces", "pods")
    ),
    Rule(
        "rolecall-namespaces-deny",
        "",
        "namespaces",
        " && ".join(
            [
                _ANNOTATIONS,
                *(f"'{one}' in object.metadata.annotations" for one in (DEFAULT_POLICY, INJECT)),
                f"object.metadata.annotations['{INJECT}'] == 'enabled'",
            ]
        ),
        "a project's namespace is in the mesh, and denies by default",
    ),
    Rule(
        "rolecall-no-cluster-admin",
        RBAC_GROUP,
        "rolebindings",
        f"object.roleRef.name != 'cluster-admin' && ({_NO_EVERYBODY})",
        "a project has no binding to cluster-admin, and none of everybody",
    ),
    Rule(
        "rolecall-roles-name-their-rights",
        RBAC_GROUP,
        "roles",
        "!has(object.rules) || object.rules.all(one, one.verbs.all(each, !(each in ['*', 'bind', 'escalate', "
        "'impersonate'])) && (!has(one.resources) || !('*' in one.resources)))",
        "a role of a project lists verbs and resources without wildcards, and does not allow privilege escalation",
    ),
    Rule("rolecall-pods-have-nothing-of-nodes", "", "pods", unprivileged(), MESSAGE),
    *(
        Rule(
            f"rolecall-{resource}-end",
            CERT_MANAGER_GROUP,
            resource,
            _life(LONGEST_ANCHOR, LONGEST_ISSUER),
            _LIFE_MESSAGE.format(*_days(LONGEST_ISSUER, LONGEST_ANCHOR)),
        )
        for resource in _CERTIFICATES
    ),
)


def mesh_certificate_rules(mesh: Mesh) -> Iterator[Rule]:
    """Yield the rules on the certificates of a cluster's mesh: in its control plane's namespace, or by their names.

    https://linkerd.io/2/tasks/automatically-rotating-control-plane-tls-credentials/
    """
    declared = mesh.certificates
    issuer = declared.issuer_life if declared is not None else LONGEST_ISSUER
    anchor = declared.anchor_life if declared is not None else LONGEST_ANCHOR
    names = cel_list(sorted({ISSUER, declared.issuer if declared is not None else ISSUER}))
    inside = f"object.metadata.namespace == {json.dumps(mesh.control_plane)}"
    named = f"(has(object.spec.commonName) && object.spec.commonName.endsWith('.linkerd.{mesh.trust_domain}'))"
    is_issuer = f"({inside} && (object.metadata.name in {names} || object.spec.secretName in {names}))"
    bounded = f"{is_issuer} ? {_ends_within(issuer)} : ({_life(anchor, LONGEST_ISSUER)})"
    message = f"the mesh's issuer lives at most {issuer}, a trust anchor {anchor}: the key of each signs any identity"
    yield Rule(
        "rolecall-mesh-certificates-end",
        CERT_MANAGER_GROUP,
        "certificates",
        f"!({inside} || {named}) || ({bounded})",
        message,
        everywhere=True,
    )
    yield Rule(
        "rolecall-mesh-certificaterequests-end",
        CERT_MANAGER_GROUP,
        "certificaterequests",
        f"!({inside}) || ({_life(anchor, LONGEST_ISSUER)})",
        message,
        everywhere=True,
    )


def cluster_admin_rule(namespace: str) -> Rule:
    """Return the rule that no service account of a namespace is bound to cluster-admin, and neither is everybody."""
    own = [f"system:serviceaccounts:{namespace}", *_EVERYBODY]
    none = " && ".join(
        [
            f"!(one.kind == 'ServiceAccount' && has(one.namespace) && one.namespace == '{namespace}')",
            f"!(one.name in {json.dumps(own)})",
            f"!one.name.startsWith('system:serviceaccount:{namespace}:')",
        ]
    )
    return Rule(
        "rolecall-no-cluster-admin-of-accounts",
        RBAC_GROUP,
        "clusterrolebindings",
        f"object.roleRef.name != 'cluster-admin' || !has(object.subjects) || object.subjects.all(one, {none})",
        f"no service account of {namespace} is bound to cluster-admin, and neither is everybody",
    )


def level_rule(level: str) -> Rule:
    """Return the rule that a namespace keeps its level of Pod Security."""
    labels = "object.metadata.labels"
    return Rule(
        "rolecall-namespace-keeps-its-level",
        "",
        "namespaces",
        f"has({labels}) && '{ENFORCE}' in {labels} && {labels}['{ENFORCE}'] == '{level}'",
        f"the label {ENFORCE} is {level}",
    )


def admission_manifests(organization: str, mesh: Mesh) -> Iterator[Manifest]:
    """Yield the rules of a cluster, each with its binding to the namespaces of Rolecall.

    Args:
        organization: the contract's organization.
        mesh: the cluster's mesh, whose certificates have rules in all namespaces.
    """
    owner = f"{MANAGER}:{organization}:cluster"
    for rule in (*RULES, *mesh_certificate_rules(mesh)):
        selector = {} if rule.everywhere else {"matchLabels": {MANAGED_BY: MANAGER}}
        yield from enforced(rule.name, [rule], owner, selector)


def project_admission(namespace: str, owner: str, storage: StorageRules | None, level: str) -> Iterator[Manifest]:
    """Yield the rules of a project's namespace, and who may use its storage classes, each with its binding.

    Args:
        namespace: the namespace.
        owner: the mark of ownership of the namespace.
        storage: rules on claims; None in a cluster without Longhorn.
        level: the namespace's level of Pod Security.
    """
    rules = [
        *RULES,
        level_rule(level),
        cluster_admin_rule(namespace),
        *(claim_rules(storage) if storage is not None else ()),
    ]
    yield from enforced(f"{MANAGER}-{namespace}", rules, owner, {"matchLabels": {NAMESPACE_LABEL: namespace}})
    if storage is not None and storage.own_classes:
        yield from enforced(f"{MANAGER}-{namespace}-classes", [class_rule(namespace, storage)], owner, {})
