"""Rules of a cluster in CEL, and the policies that enforce them.

https://kubernetes.io/docs/reference/access-authn-authz/validating-admission-policy/
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rolecall.systems.kubernetes.ownership import Manifest, manifest

ADMISSION = "admissionregistration.k8s.io/v1"


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


def enforced(name: str, rules: Sequence[Rule], owner: str, selector: Mapping[str, Any]) -> tuple[Manifest, Manifest]:
    """Return a policy of some rules and its binding to namespaces, with all defaults of the server."""
    everything: dict[str, Any] = {"matchPolicy": "Equivalent", "objectSelector": {}}
    spec = {
        "failurePolicy": "Fail",
        "matchConstraints": {
            **everything,
            "namespaceSelector": {},
            "resourceRules": [
                {
                    "apiGroups": [group],
                    "apiVersions": ["*"],
                    "operations": ["CREATE", "UPDATE"],
                    # Containers are added to running pods by a subresource.
                    "resources": [resource, *(["pods/ephemeralcontainers"] if resource == "pods" else [])],
                    "scope": "*",
                }
                for group, resource in dict.fromkeys((one.group, one.resource) for one in rules)
            ],
        },
        "validations": [
            {"expression": one.expression if len(rules) == 1 else _about(one), "message": one.message} for one in rules
        ],
    }
    bound = {
        "policyName": name,
        "validationActions": ["Deny"],
        "matchResources": {**everything, "namespaceSelector": dict(selector)},
    }
    return (
        manifest(ADMISSION, "ValidatingAdmissionPolicy", name, "", owner, spec=spec),
        manifest(ADMISSION, "ValidatingAdmissionPolicyBinding", name, "", owner, spec=bound),
    )


def _about(rule: Rule) -> str:
    """Return a rule's expression for a policy that is about other resources too."""
    is_it = f"request.resource.group == '{rule.group}' && request.resource.resource == '{rule.resource}'"
    return f"!({is_it}) || ({rule.expression})"


def cel_list(names: Sequence[str]) -> str:
    """Return a list in CEL."""
    return json.dumps([*names])


def cel_map(values: Mapping[str, Any]) -> str:
    """Return a map in CEL."""
    return json.dumps(dict(sorted(values.items())))
