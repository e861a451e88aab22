"""What a reader of Databricks makes of answers that are no plain yes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rolecall.errors import BrokenList, ObjectMissing, RequestRejected
from rolecall.kinds.api import Api
from rolecall.kinds.job import JOB
from rolecall.kinds.registry import KINDS
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.holders import Holders
from tests.unit.systems.test_requests import Scripted, Step, answer


def reader(*steps: Step) -> Reader:
    return Reader("workspace nonprod", lambda: Scripted(*steps), 10_000)


def _item(listed: Api) -> dict[str, Any]:
    item: Any = 1
    for part in reversed(listed.id.split(".")):
        item = {part: item}
    return dict(item)


def refusal(status: int, code: str, message: str = "because") -> Step:
    return answer(status, {"error_code": code, "message": message})


@pytest.mark.parametrize(
    "refused",
    [
        refusal(404, "ENDPOINT_NOT_FOUND"),
        refusal(400, "RESOURCE_DOES_NOT_EXIST"),
        refusal(400, "INVALID_PARAMETER_VALUE", "Job 7 does not exist."),
    ],
)
def test_what_is_not_there_is_missing_whatever_the_status(refused: Step) -> None:
    with pytest.raises(ObjectMissing):
        reader(refused).get("/api/2.2/jobs/get", job_id=7)


def test_what_is_wrong_with_a_request_says_nothing_about_the_object() -> None:
    with pytest.raises(RequestRejected) as caught:
        reader(refusal(400, "MALFORMED_REQUEST")).get("/api/2.2/jobs/get", job_id=7)
    assert not isinstance(caught.value, ObjectMissing)


@pytest.mark.parametrize(("code", "missing"), [("INVALID_PARAMETER_VALUE", True), ("MALFORMED_REQUEST", False)])
def test_a_scope_is_missing_only_where_databricks_says_so(code: str, missing: bool) -> None:
    nobody: Any = SimpleNamespace()
    holders = Holders(nobody, reader(refusal(400, code)), reader(answer()), nobody, {})
    with pytest.raises(RequestRejected) as caught:
        holders._secrets("card-network")
    assert isinstance(caught.value, ObjectMissing) is missing


@pytest.mark.parametrize(
    "listed", [kind.api for kind in KINDS if kind.api and kind.api.list], ids=lambda api: api.items
)
@pytest.mark.parametrize("more", [{"has_more": True}, {"next_page_token": "two"}], ids=["cut off", "repeated"])
def test_a_list_that_is_not_whole_is_broken(listed: Api, more: dict[str, Any]) -> None:
    pages = [answer(200, {listed.items: [_item(listed)], **more})]
    with pytest.raises(BrokenList):
        reader(*pages).listed(listed)


def test_requests_are_counted_and_none_is_sent_before_it_is_asked_for() -> None:
    asked = reader(answer(200, {"jobs": [{"job_id": 1}], "next_page_token": "two"}), answer(200, {"jobs": []}))
    assert asked.calls == 0
    assert JOB.api is not None
    for _ in range(2):
        assert [*asked.listed(JOB.api)] == ["1"]
        assert asked.calls == 2, "a list is asked for once"
