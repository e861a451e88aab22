from __future__ import annotations

from collections.abc import Iterator

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.example import put
from rolecall.policies.kubernetes import LINKERD, object_rule, of_kinds
from rolecall.policies.network import too_wide
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Finding


def _check(properties: Properties) -> Iterator[Finding]:
    ranges = [network.read("cidr") for network in properties.items("content.spec.networks")]
    if found := too_wide(ranges):
        yield Finding(f"content.spec.networks admits {found}", "Name the addresses of the nodes, which probe pods.")


RULE = object_rule(
    "mesh-networks-are-known",
    "A policy of the mesh does not admit nearly all addresses.",
    "https://linkerd.io/2/reference/authorization-policy/#networkauthentication",
    (Theme.NETWORK,),
    of_kinds(LINKERD, ("NetworkAuthentication",), _check),
    compliant.NETWORK_AUTHENTICATION,
    (put("content.spec.networks.0.cidr", "0.0.0.0/0"), put("content.spec.networks.1", {"cidr": "::/0"})),
    ("content.spec.networks",),
)
