from __future__ import annotations

import re
from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.compute import definition_of
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import CLUSTER_POLICY

# Values of a policy's elements that open what rules on clusters close, by the element's name.
# https://docs.databricks.com/en/admin/clusters/policy-definition.html#supported-attributes
_OPEN_MODES = ("NONE", "LEGACY_TABLE_ACL", "LEGACY_PASSTHROUGH", "LEGACY_SINGLE_USER", "LEGACY_SINGLE_USER_STANDARD")


_IN_POLICY = (
    (
        re.compile(r"^data_security_mode$"),
        re.compile("|".join(f"^{mode}$" for mode in _OPEN_MODES)),
        "an open access mode",
    ),
    (re.compile(r"^aws_attributes\.instance_profile_arn$"), re.compile("."), "an instance profile"),
    (re.compile(r"^gcp_attributes\.google_service_account$"), re.compile("."), "a service account of Google"),
    (re.compile(r"^ssh_public_keys\."), re.compile("."), "sign-in by SSH"),
    (re.compile(r"^spark_conf\.spark\.databricks\.passthrough\.enabled$"), re.compile("(?i)true"), "passthrough"),
    (re.compile(r"^init_scripts\..*\.(dbfs|s3|abfss|gcs|file)\."), re.compile("."), "a script that others can change"),
    (
        re.compile(r"^init_scripts\..*\.workspace\."),
        re.compile(r"(?i)^(?:/Workspace)?/(?:Users|Repos|Shared)/"),
        "a script that others can change",
    ),
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for name, element in (definition_of(resource.properties) or {}).items():
        if element.get("type") == "forbidden":
            continue
        offered = [element.get("value"), element.get("defaultValue"), *(element.get("values") or [])]
        for about, wrong, what in _IN_POLICY:
            if about.search(name) and any(one is not None and wrong.search(str(one)) for one in offered):
                how = "Remove it: a cluster under the policy would bypass the rules."
                yield Finding(f"its element {name} sets {what} on every cluster under it", how)


RULE = Rule(
    "cluster-policy-is-no-way-around",
    "A cluster policy sets nothing that the rules forbid on clusters.",
    Severity.HIGH,
    "https://docs.databricks.com/en/admin/clusters/policy-definition.html",
    (Theme.LEAST_PRIVILEGE, Theme.CONFIGURATION),
    (CLUSTER_POLICY,),
    _check,
    Example(
        CLUSTER_POLICY,
        compliant.POLICY,
        (
            put("definition", compliant.definition(data_security_mode={"type": "fixed", "value": "NONE"})),
            put(
                "definition", compliant.definition(**{"ssh_public_keys.0": {"type": "fixed", "value": "ssh-ed25519 A"}})
            ),
        ),
        ("definition",),
    ),
)
