"""What ends on a day is told before it does."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from pydantic import BaseModel

from rolecall.access.expiring import FIELD, _fields_that_end, _models_in, expirations, when, within
from rolecall.access.graph.ending import ending_rights
from rolecall.contract.contract import contract_model
from rolecall.ids.ids import GroupId
from rolecall.ids.model import Model
from rolecall.kinds.job import JobBase
from tests.support.contracts import CONTRACT, TODAY, compiled

TEXT = CONTRACT.replace("ticket: SEC-1}", "ticket: SEC-1, expires: 2026-12-05}")
OVERRIDE = """\
removal_overrides:
  - {object: churn/train, reason: the team is new, owner: engineers, expires: 2026-11-25}
"""


def test_everything_with_a_last_day_is_listed_the_next_one_first(tmp_path: Path) -> None:
    found = compiled(tmp_path, TEXT.replace("roles:\n", f"{OVERRIDE}roles:\n"))
    entries = expirations(found.contract, found.loaded.places)
    assert [(one.kind, one.expires, one.days(TODAY)) for one in entries] == [
        ("removal override", date(2026, 11, 25), 5),
        ("binding", date(2026, 12, 5), 15),
    ]
    override, binding = entries
    assert (override.what, override.owner) == ("of churn/train", "engineers")
    assert binding.what == "of analysts to role viewer in dev, prod (project churn)"
    assert binding.place is not None
    line = (tmp_path / "contract.yaml").read_text().splitlines()[binding.place.line - 1]
    assert "2026-12-05" in line
    assert within(entries, 5, TODAY) == [override]
    assert within(entries, 4, TODAY) == []
    assert within(entries, 0, date(2026, 12, 6)) == entries, "what has ended is told too"


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (30, "ends in 30 days"),
        (1, "ends in 1 day"),
        (0, "ends today"),
        (-1, "expired 1 day ago"),
        (-9, "expired 9 days ago"),
    ],
)
def test_the_time_that_is_left_is_told_in_words(days: int, words: str) -> None:
    assert when(days) == words


ENDING = """\
  keeper: [{may: manage, kind: secret_scope}]
  user: [{may: run, kind: service_principal}]
"""


def test_rights_that_end_with_a_binding_are_told_with_the_path_in_any_number_of_steps(tmp_path: Path) -> None:
    """The analysts may use the principal until a day, and so manage what only the principal manages."""
    bindings = (
        "      - {role: keeper, to: trainer, in: [dev]}\n"
        "      - {role: user, to: analysts, in: [dev], expires: 2026-12-05}\n"
    )
    text = CONTRACT.replace("roles:\n", f"roles:\n{ENDING}").replace("    bindings:\n", f"    bindings:\n{bindings}", 1)
    found = compiled(tmp_path, text.replace("    jobs:\n", "    secret_scopes: {keys: {}}\n    jobs:\n", 1))
    rights = ending_rights(found.contract, found.loaded.places, [date(2026, 12, 5), date(2026, 12, 5)])
    ending = {(str(one.answer.actor), str(one.answer.end)): one for one in rights}
    scope = ending["analysts", "manage secret scope churn/keys in dev"]
    assert scope.expires == date(2026, 12, 5)
    assert scope.after == ""
    (path,) = scope.answer.paths
    assert [hop.why for hop in path] == ["may", "lets its users act as", "may"]
    assert all(str(one.answer.actor) == "analysts" for one in rights), "nobody else loses anything"
    assert ending_rights(found.contract, found.loaded.places, [date(2026, 12, 4)]) == []


def test_reasons_of_grants_know_their_last_day(tmp_path: Path) -> None:
    found = compiled(tmp_path, TEXT)
    days = {
        reason.expires
        for grant, reasons in found.compilation.grants.items()
        if grant.subject == GroupId("analysts")
        for reason in reasons
        if reason.role
    }
    assert days == {date(2026, 12, 5)}


def test_fields_without_a_last_day_are_not_searched_and_no_other_is_left_out() -> None:
    """Every model of the contract with a last day is reached, by the types of the fields that lead to it."""
    seen: set[type[BaseModel]] = set()
    left: list[type[BaseModel]] = [contract_model()]
    ending: set[str] = set()
    while left:
        model = left.pop()
        seen.add(model)
        if FIELD in model.model_fields:
            ending.add(model.__name__)
        kept = {name for name, _ in _fields_that_end(model)}
        left += [
            inner
            for name, field in model.model_fields.items()
            if name in kept
            for inner in _models_in(field.annotation)
            if inner not in seen
        ]
    everywhere = {one.__name__ for one in _all(Model) if FIELD in one.model_fields}
    assert ending == everywhere
    assert "Project" in {one.__name__ for one in seen}
    assert not [one.__name__ for one in seen if issubclass(one, JobBase)], "settings of jobs are not searched"


def _all(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    for one in model.__subclasses__():
        yield one
        yield from _all(one)
