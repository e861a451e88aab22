"""What a live recipient of the contract differs in, and who has its sign-in."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from rolecall.kinds.recipient import Recipient
from rolecall.systems.databricks.ways.identities import Identities
from rolecall.systems.databricks.ways.settings import recipient_settings

DEPLOYER = "11111111-1111-4111-8111-111111111111"
KNOWN = Identities({}, {}, frozenset(), frozenset(), DEPLOYER, frozenset({DEPLOYER}))
METASTORE = "aws:eu-central-1:19a85dee-54bc-43a2-87ab-023d0ec16013"
DECLARED = Recipient(expires=date(2026, 12, 31), addresses=["203.0.113.0/24"])
LIVE: dict[str, Any] = {
    "name": "insurer",
    "created_by": DEPLOYER,
    "ip_access_list": {"allowed_ip_addresses": ["203.0.113.0/24"]},
    "tokens": [{"id": "1", "created_by": DEPLOYER, "expiration_time": 1798761600000}],
}


def found(**changed: Any) -> list[tuple[str, str]]:
    settings = recipient_settings(DECLARED, {**LIVE, **changed}, "insurer", KNOWN)
    return [(one.thing, one.reaches) for one in settings]


def test_a_recipient_as_declared_differs_in_nothing() -> None:
    assert found() == []
    assert found(tokens=[]) == [], "a token that is gone reads nothing"


@pytest.mark.parametrize(
    ("changed", "thing", "why"),
    [
        ({"created_by": "ben@example.com"}, "recipient insurer", "was made by person ben@example.com"),
        ({"data_recipient_global_metastore_id": METASTORE}, "metastore of recipient insurer", f"is {METASTORE}"),
        ({"ip_access_list": None}, "addresses of recipient insurer", "are any"),
        ({"tokens": [{"id": "1", "created_by": DEPLOYER}]}, "token 1 of recipient insurer", "until it is revoked"),
        (
            {"tokens": [*LIVE["tokens"], {"id": "2", "created_by": DEPLOYER, "expiration_time": 1798761600001}]},
            "token 2 of recipient insurer",
            "works until 2027-01-01 00:00",
        ),
        (
            {"tokens": [{"id": "1", "created_by": "ben@example.com", "expiration_time": 1}]},
            "token 1 of recipient insurer",
            "was made by person ben@example.com",
        ),
    ],
)
def test_each_way_to_read_longer_or_from_elsewhere_is_found(changed: dict[str, Any], thing: str, why: str) -> None:
    ((shown, reason),) = found(**changed)
    assert shown == thing
    assert why in reason
