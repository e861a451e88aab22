"""What says that it restricts restricts: egress that is tried out, or open by a wildcard; tags that move; keys."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.policies import types
from tests.policies.example import CONTEXT
from tests.security.programs import refused_by, resource

RULE = "egress-is-restricted"


def _policy(**access: object) -> dict[str, Any]:
    return {"networkPolicyId": "n", "egress": {"networkAccess": {"restrictionMode": "RESTRICTED_ACCESS", **access}}}


@pytest.mark.parametrize("destination", ["*", "*.com", "*.", "*.co"])
def test_a_wildcard_is_no_named_destination(destination: str) -> None:
    named = _policy(allowedInternetDestinations=[{"destination": "pypi.org"}, {"destination": destination}])
    assert RULE in refused_by(resource(types.ACCOUNT_NETWORK_POLICY, named))


def test_what_is_only_tried_out_restricts_nothing() -> None:
    tried = _policy(policyEnforcement={"enforcementMode": "DRY_RUN"})
    assert RULE in refused_by(resource(types.ACCOUNT_NETWORK_POLICY, tried))


@pytest.mark.parametrize("destination", ["pypi.org", "*.acme.example", "acme.example"])
def test_named_destinations_are_fine(destination: str) -> None:
    named = _policy(
        allowedInternetDestinations=[{"destination": destination}], policyEnforcement={"enforcementMode": "ENFORCED"}
    )
    assert RULE not in refused_by(resource(types.ACCOUNT_NETWORK_POLICY, named))


@pytest.mark.parametrize("tag", ["latest", "v-latest", "release/latest", "churn_current", "PROD", "stable-eu"])
def test_a_tag_that_moves_pins_nothing(tag: str) -> None:
    source = {"url": "https://github.com/acme/churn", "tag": tag}
    one = resource(types.JOB, {"gitSource": source})
    assert "production-code-is-pinned" in refused_by(one, context=CONTEXT)


@pytest.mark.parametrize("tag", ["v1.2", "release-2026-11", "prod-7", "churn-v3-stable1"])
def test_a_tag_of_a_version_does(tag: str) -> None:
    source = {"url": "https://github.com/acme/churn", "tag": tag}
    assert "production-code-is-pinned" not in refused_by(resource(types.JOB, {"gitSource": source}))


@pytest.mark.parametrize(
    "values",
    [
        {"authConfig": {"mtlsConfig": {"key": {"plaintext": "k"}}}},
        {"config": {"targets": [{"apiKey": {"plaintext": "k"}}]}},
    ],
)
def test_a_gateway_holds_no_key_anywhere(values: dict[str, Any]) -> None:
    assert "gateway-holds-no-key" in refused_by(resource(types.KAFKA_CONFIG, values))
