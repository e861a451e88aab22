from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put, without
from rolecall.policies.kubernetes import NETWORKING, object_rule, of_kinds
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding


def _check(properties: Properties) -> Iterator[Finding]:
    if "Ingress" not in (properties.read("content.spec.policyTypes") or ["Ingress"]):
        return
    for rule in properties.items("content.spec.ingress"):
        sources = [*rule.items("from")]
        if not sources:
            yield Finding(f"{rule.path} has no `from`: it opens ports for everybody", "Name namespaces or pods.")
        for source in sources:
            if source.read("namespaceSelector") == {} and not source.read("podSelector"):
                yield Finding(f"{source.path} is every namespace", "Name a namespace by its label.")
            cidr = str(source.read("ipBlock.cidr") or "")
            if cidr.endswith("/0"):
                yield Finding(f"{source.path} is every address", "Name a network of the organization.")


RULE = object_rule(
    "network-policy-names-sources",
    "A network policy opens ports for named namespaces, pods or networks only.",
    "https://kubernetes.io/docs/concepts/services-networking/network-policies/",
    (Theme.NETWORK,),
    of_kinds(NETWORKING, ("NetworkPolicy",), _check),
    compliant.NETWORK_POLICY,
    (
        put("content.spec.ingress.0", {"ports": [{"port": 80}]}),
        put("content.spec.ingress.0.from.0", {"namespaceSelector": {}}),
        put("content.spec.ingress.0.from.0", {"ipBlock": {"cidr": "0.0.0.0/0"}}),
        without("content.spec.ingress.0.from"),
    ),
    ("content.spec.ingress",),
)
