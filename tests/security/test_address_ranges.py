"""Ranges of addresses are judged in sum: over a list, and over all lists of a workspace."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from pulumi_policy import proxy

from rolecall.policies import types
from rolecall.policies.network import too_wide
from rolecall.policies.pack import UNJUDGED, policies_of
from rolecall.policies.rule import Resource
from rolecall.policies.rules.network.addresses_in_sum_are_known import RULE as KNOWN_ADDRESSES
from rolecall.policies.stack_rules import change_of
from tests.policies.example import CONTEXT
from tests.security.programs import refused_by, resource

RULE = "address-list-names-known-addresses"
HALVES = ["0.0.0.0/1", "128.0.0.0/1"]
# Every address, in ranges none of which is wider than /8.
EIGHTS = [f"{number}.0.0.0/8" for number in range(256)]
WIDE = [
    ["0.0.0.0/0"],
    HALVES,
    EIGHTS,
    EIGHTS[1:3],
    ["8.0.0.0/9", "9.0.0.0/9", "10.0.0.0/9"],
    ["8.0.0.0/8", "203.0.113.7"],
    ["8.0.0.0/8", "::ffff:203.0.113.0/120"],
    [f"{first}.{second}.0.0/16" for first in (20, 40) for second in range(200)],
    ["::ffff:0:0/96"],
    ["::/0"],
    ["2000::/3"],
    ["2001:db8::/32", "2001:db9::/48"],
    [f"2001:{number:x}::/33" for number in range(3)],
    ["203.0.113.0/24", "everywhere"],
    ["126.0.0.0/8", "127.0.0.0/8"],
]
KNOWN = [
    ["8.0.0.0/8"],
    ["8.0.0.0/9", "8.128.0.0/9", "8.1.0.0/16"],
    ["203.0.113.0/24"] * 300,
    ["127.0.0.0/8", "203.0.113.0/24"],
    ["2001:db8::/32", "203.0.113.7"],
]


LISTED = [("office", "ALLOW", HALVES[:1]), ("vpn", "ALLOW", HALVES[1:]), ("bad", "BLOCK", ["::/0"])]


def listed(addresses: Any, name: str = "office", host: str = "https://a.cloud.databricks.com") -> Resource:
    values = {"listType": "ALLOW", "ipAddresses": addresses}
    return resource(types.IP_ACCESS_LIST, values, name=name, provider={"host": host}, provider_name="prod")


@pytest.mark.parametrize("addresses", WIDE)
def test_many_ranges_count_as_the_one_that_they_are(addresses: list[str]) -> None:
    assert too_wide(addresses)
    assert RULE in refused_by(listed(addresses))


@pytest.mark.parametrize("addresses", KNOWN)
def test_known_networks_are_fine(addresses: list[str]) -> None:
    assert not too_wide(addresses)
    assert RULE not in refused_by(listed(addresses))


def in_sum(*resources: Resource) -> list[str]:
    return [found.found for _, found in KNOWN_ADDRESSES.check(change_of(resources, "prod", None), CONTEXT)]


@pytest.mark.parametrize("addresses", [HALVES, EIGHTS[1:3], ["8.0.0.0/8", "203.0.113.7"], ["8.0.0.0/8", "x"]])
def test_so_do_the_lists_of_one_workspace(addresses: list[str]) -> None:
    first, second = ([one] for one in addresses)
    (found,) = in_sum(listed(first), listed(second, "vpn"))
    assert "the lists office, vpn of one workspace" in found
    assert in_sum(listed(first), listed(second, "vpn", "a.cloud.databricks.com:443/"))
    assert not in_sum(listed(["8.0.0.0/8"]), listed(["9.0.0.0/8"], "vpn", "https://b.cloud.databricks.com"))


def test_a_list_that_is_not_known_yet_is_not_taken_for_none() -> None:
    assert in_sum(listed(["8.0.0.0/8"]), listed(proxy.UNKNOWN_ARRAY_VALUE, "vpn"))


def test_blocked_addresses_do_not_count() -> None:
    blocked = resource(types.IP_ACCESS_LIST, {"listType": "BLOCK", "ipAddresses": HALVES}, name="blocked")
    assert not in_sum(listed(["8.0.0.0/8"]), blocked)


def test_outputs_that_are_not_there_yet_do_not_hide_what_is_declared() -> None:
    """A preview of a new workspace tells no outputs of its lists at the end, and each list's inputs before."""
    policies = {one.name: one for one in policies_of((), (), lambda stack: CONTEXT, stack_rules=(KNOWN_ADDRESSES,))}
    submitted = [
        SimpleNamespace(
            urn=f"urn:pulumi:prod::rolecall::{types.IP_ACCESS_LIST}::{name}",
            name=name,
            resource_type=types.IP_ACCESS_LIST,
            props={"listType": kind, "ipAddresses": addresses},
            provider=None,
        )
        for name, kind, addresses in [
            ("office", "ALLOW", HALVES[:1]),
            ("vpn", "ALLOW", HALVES[1:]),
            ("bad", "BLOCK", ["::/0"]),
        ]
    ]

    def told(names: tuple[str, ...]) -> list[str]:
        found: list[str] = []
        chosen = [one for one in submitted if one.name in names]
        noting: Any = policies[UNJUDGED]
        for one in chosen:
            noting.validate(one, lambda message, urn: None)
        rule: Any = policies[KNOWN_ADDRESSES.id]
        resources = [SimpleNamespace(**{**vars(one), "props": {}}) for one in chosen]
        rule.validate(SimpleNamespace(resources=resources), lambda message, urn: found.append(message))
        return found

    assert not told(("office", "bad"))
    (found,) = told(("office", "vpn", "bad"))
    assert "the lists office, vpn" in found
