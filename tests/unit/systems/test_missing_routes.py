"""A workspace without a route has not said that an object is empty, or that there is none."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.engine.stack_state import Resource
from rolecall.errors import ObjectMissing
from rolecall.kinds.access import PERMISSIONS
from rolecall.parity import leftovers
from rolecall.systems.databricks import contents
from rolecall.systems.databricks.list_entries import ListAddress, live_entries

ROUTE, OBJECT = "ENDPOINT_NOT_FOUND", "RESOURCE_DOES_NOT_EXIST"
HELD = {"accessControls": [{"groupName": "interns", "permissionLevel": "CAN_VIEW"}]}
LEFT = Resource("urn", PERMISSIONS.token, "/jobs/1", HELD, HELD, custom=True)


class Without:
    """A reader that finds nothing.

    Args:
        code: the error code of its answers.
    """

    def __init__(self, code: str) -> None:
        self._code = code

    def _missing(self, *_: Any, **__: Any) -> Any:
        raise ObjectMissing("it is not there", status=404, code=self._code)

    get = every = permissions = _missing


@pytest.mark.parametrize(("code", "expected"), [(ROUTE, None), (OBJECT, ())])
def test_what_lies_in_an_object_is_unknown_without_the_route(
    monkeypatch: pytest.MonkeyPatch, code: str, expected: tuple[()] | None
) -> None:
    monkeypatch.setattr(contents, "shared_reader", lambda _: Without(code))
    assert contents.contents("https://host", contents.SCHEMA, "acme.churn") == expected


def test_the_entries_of_a_list_are_unknown_without_the_route() -> None:
    """Its first write would replace them unnamed."""
    reader: Any = Without(ROUTE)
    address = ListAddress(PERMISSIONS.token, "jobs/1")
    with pytest.raises(ObjectMissing):
        live_entries(address, reader, reader, "account")
    missing: Any = Without(OBJECT)
    assert live_entries(address, missing, missing, "account") is None


@pytest.mark.parametrize(("code", "expected"), [(ROUTE, {"interns": "CAN_VIEW"}), (OBJECT, None)])
def test_a_leftover_counts_as_its_stack_has_it_without_the_route(
    monkeypatch: pytest.MonkeyPatch, code: str, expected: dict[str, str] | None
) -> None:
    monkeypatch.setattr(leftovers, "shared_reader", lambda _: Without(code))
    assert leftovers._live(LEFT, "https://host") == expected
