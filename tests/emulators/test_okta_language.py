"""Okta's expression language and its `search`, each by the examples of its documentation."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.emulators.application import Refused
from rolecall.emulators.okta.expressions import InvalidExpression, parse_expression
from rolecall.emulators.okta.searches import chosen

PROFILE = {
    "login": "ada@example.com",
    "firstName": "Ada",
    "department": "ML",
    "city": None,
    "employeeNumber": 7,
    "manager": True,
    "skills": ["python", "sql"],
}
GROUPS = {"00gone00000000000001": "engineers", "00gtwo00000000000002": "engineers-prod"}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ('user.department == "ML"', True),
        ("user.department eq 'Sales' or user.firstName eq 'Ada'", True),
        ("!(user.department == 'ML')", False),
        ("NOT user.department == 'ML'", False),
        ('user.department != "ML" AND user.firstName == "Ada"', False),
        ('String.startsWith(user.login, "ada")', True),
        ('String.stringContains(user.department, "ml")', True),
        ('String.toLowerCase(user.firstName) == "ada"', True),
        ('String.substringAfter(user.login, "@") == "example.com"', True),
        ('substringBefore(user.login, "@") == "ada"', True),
        ("String.len(user.login) > 10", True),
        ('String.startsWith(user.city, "B")', False),
        ("user.city == null", True),
        ("user.employeeNumber >= 7", True),
        ("user.manager == true", True),
        ("user.manager", True),
        ('Arrays.contains(user.skills, "sql")', True),
        ("Arrays.isEmpty(user.skills)", False),
        ('(user.city == null ? "none" : user.city) == "none"', True),
        ('user.firstName + "." + user.department == "Ada.ML"', True),
        ('user.login.contains("@example")', True),
        ('isMemberOfGroup("00gone00000000000001")', True),
        ('isMemberOfAnyGroup("00gnobody00000000000", "00gtwo00000000000002")', True),
        ('isMemberOfGroupName("engineers")', True),
        ('isMemberOfGroupNameStartsWith("analysts")', False),
        ('isMemberOfGroupNameContains("prod")', True),
        ('isMemberOfGroupNameRegex("eng.*")', True),
    ],
)
def test_expressions(expression: str, holds: bool) -> None:
    assert parse_expression(expression).holds(PROFILE, GROUPS) is holds


@pytest.mark.parametrize(
    "expression",
    [
        "",
        'user.department == "ML" AND',
        "String.startsWith(user.login)",
        'String.reverse(user.login) == "a"',
        "appuser.department == 'ML'",
        'user.login.reverse() == "a"',
        "isMemberOfGroup()",
        'user.department = "ML"',
    ],
)
def test_expressions_that_cannot_be_read(expression: str) -> None:
    with pytest.raises(InvalidExpression):
        parse_expression(expression)


def test_the_groups_that_an_expression_asks_about() -> None:
    found = parse_expression('isMemberOfGroup("a") OR isMemberOfAnyGroup("b", "c")')
    assert (found.groups, found.by_name) == (("a", "b", "c"), False)
    assert parse_expression('isMemberOfGroupName("a")').by_name


ITEMS: list[dict[str, Any]] = [
    {
        "id": "1",
        "status": "ACTIVE",
        "created": "2026-01-01T00:00:00.000Z",
        "profile": {"lastName": "Smith", "tags": ["a", "b"]},
    },
    {
        "id": "2",
        "status": "STAGED",
        "created": "2026-02-01T00:00:00.000Z",
        "profile": {"lastName": "Jones", "city": "Oslo"},
    },
    {
        "id": "3",
        "status": "ACTIVE",
        "created": "2026-03-01T00:00:00.000Z",
        "profile": {"lastName": "Smithers", "city": ""},
    },
]


@pytest.mark.parametrize(
    ("search", "ids"),
    [
        ('profile.lastName eq "smith"', "1"),
        ('profile.lastName sw "smith"', "13"),
        ('profile.lastName ew "s"', "23"),
        ('profile.lastName co "one"', "2"),
        ('profile.lastName ne "Smith"', "23"),
        ("profile.city pr", "2"),
        ("not (profile.city pr)", "13"),
        ('profile.tags eq "b"', "1"),
        ('created gt "2026-01-15T00:00:00.000Z" and status eq "ACTIVE"', "3"),
        ('status eq "STAGED" or (status eq "ACTIVE" and profile.lastName eq "Smith")', "12"),
        ("profile.city eq null", "1"),
    ],
)
def test_searches(search: str, ids: str) -> None:
    assert "".join(one["id"] for one in chosen("search", search, ITEMS)) == ids


@pytest.mark.parametrize("search", ["", "profile.lastName", 'profile.lastName is "a"', 'a eq "b" and', '(a eq "b"'])
def test_searches_that_cannot_be_read(search: str) -> None:
    with pytest.raises(Refused) as refused:
        chosen("search", search, ITEMS)
    assert refused.value.body["errorCode"] == "E0000031"
