"""Rules that a cluster enforces by itself on objects of every source, in namespaces of Rolecall.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from rolecall.systems.kubernetes.mesh.objects import POLICY_GROUP
from rolecall.systems.kubernetes.mesh.workload import DEFAULT_POLICY, SKIP_PORTS
from rolecall.systems.kubernetes.ownership import MANAGED_BY, MANAGER, Manifest, manifest

ADMISSION = "admissionregistration.k8s.io/v1"
_ANNOTATIONS = "has(object.metadata.annotations)"


@dataclass(frozen=True)
class Rule:
    """A rule of a cluster.

    Attributes:
        name: its name.
        group: the API group of the objects that it is about; empty for the core group.
        resource: their resource.
        expression: what must hold, in CEL.
        message: what is wrong otherwise.
        everywhere: in all namespaces; otherwise in those that carry Rolecall's label.
    """

    name: str
    group: str
    resource: str
    expression: str
    message: str
    everywhere: bool = False


def _labelled(name: str) -> str:
    """Return an expression that holds where an object carries Rolecall's label."""
    labels = f"{name}.metadata.labels"
    return f"(has({labels}) && '{MANAGED_BY}' in {labels} && {labels}['{MANAGED_BY}'] == '{MANAGER}')"


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
            f"!{_ANNOTATIONS} || (!('{SKIP_PORTS}' in object.metadata.annotations) && "
            f"(!('{DEFAULT_POLICY}' in object.metadata.annotations) || "
            f"object.metadata.annotations['{DEFAULT_POLICY}'] == 'deny'))",
            "ports are not taken out of the mesh (`skip-inbound-ports`), and the default policy is deny",
        )
        for resource in ("namespaces", "pods")
    ),
)


def admission_manifests(organization: str) -> Iterator[Manifest]:
    """Yield the rules of a cluster, each with its binding to the namespaces of Rolecall."""
    owner = f"{MANAGER}:{organization}:cluster"
    for rule in RULES:
        matched = {
            "apiGroups": [rule.group],
            "apiVersions": ["*"],
            "operations": ["CREATE", "UPDATE"],
            "resources": [rule.resource],
        }
        spec = {
            "failurePolicy": "Fail",
            "matchConstraints": {"resourceRules": [matched]},
            "validations": [{"expression": rule.expression, "message": rule.message}],
        }
        yield manifest(ADMISSION, "ValidatingAdmissionPolicy", rule.name, "", owner, spec=spec)
        selected = {} if rule.everywhere else {"namespaceSelector": {"matchLabels": {MANAGED_BY: MANAGER}}}
        binding = {"policyName": rule.name, "validationActions": ["Deny"], "matchResources": selected}
        yield manifest(ADMISSION, "ValidatingAdmissionPolicyBinding", rule.name, "", owner, spec=binding)
