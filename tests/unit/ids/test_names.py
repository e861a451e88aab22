"""Names that systems accept, and names that meet."""

from __future__ import annotations

import pytest

from rolecall.ids.ids import AnyId, GroupId, ObjectId, ServicePrincipalId, ownership_mark
from rolecall.ids.names import NameSyntax, RenderedName, collisions
from rolecall.ids.verbs import Kind

NICKNAME = NameSyntax("test", r"A-Za-z0-9._\-", "letters", 20)


@pytest.mark.parametrize("text", ["plain", "a.b_c-d", "x" * 20])
def test_a_name_that_is_accepted_stays_as_it_is(text: str) -> None:
    assert NICKNAME.fit(text) == text


@pytest.mark.parametrize("text", ["ml platform", "Köln (Daten & ML)", "東京", "x" * 21, "a/b", "a\nb"])
def test_every_other_name_is_written_so_that_it_is_accepted(text: str) -> None:
    assert NICKNAME.accepts(NICKNAME.fit(text))


def test_names_that_had_to_be_changed_stay_apart() -> None:
    texts = [
        "ml platform",
        "ml-platform",
        "ml/platform",
        "x" * 30 + "a",
        "x" * 30 + "b",
        "東京",
        "大阪",
        "Köln",
        "Koln",
    ]
    assert len({NICKNAME.fit(text) for text in texts}) == len(texts)


def test_names_of_different_ids_meet_without_case_and_in_any_unicode_form() -> None:
    names = [
        RenderedName(GroupId(key), ("groups", key), "group", key, (), NameSyntax("test"))
        for key in ("K\u00f6ln", "Ko\u0308ln", "K\u00d6LN", "other")
    ]
    assert collisions(names) == [tuple(names[:3])]


def test_one_id_under_one_name_twice_does_not_meet_itself() -> None:
    name = RenderedName(GroupId("a"), ("groups", "a"), "group", "a", (), NameSyntax("test"))
    assert collisions([name, name]) == []


def test_names_in_different_workspaces_do_not_meet() -> None:
    names = [
        RenderedName(ObjectId("dev", Kind.JOB, "a", key), (), "job", "same", (workspace,), NameSyntax("test"))
        for key, workspace in (("one", "nonprod"), ("two", "prod"))
    ]
    assert collisions(names) == []


def test_ownership_marks_of_different_ids_differ() -> None:
    ids: list[AnyId] = [
        ObjectId("dev", Kind.JOB, "churn", "eu-keys"),
        ObjectId("dev", Kind.JOB, "churn-eu", "keys"),
        ObjectId("dev", Kind.SECRET_SCOPE, "churn", "eu-keys"),
        ObjectId(None, Kind.JOB, "churn", "eu-keys"),
        ServicePrincipalId("dev", "churn", "eu-keys"),
        GroupId("dev:job:churn:eu-keys"),
        GroupId("keys"),
    ]
    assert len({ownership_mark("acme", one) for one in ids}) == len(ids)
