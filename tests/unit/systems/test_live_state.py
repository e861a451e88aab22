"""What a system answers is no declaration: a value that nobody could declare never stops a read."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from rolecall.provider.registry import RESOURCES
from rolecall.systems.resource import Model, live_state

# Values that break the constraints of any field: of texts, lists, numbers and enumerations.
ODD: tuple[Any, ...] = ("", "x" * 100_000, "NEW_IN_THE_SERVICE", [], None, -1, {"colour": "red"}, [{"colour": "red"}])


def fields() -> list[tuple[str, str]]:
    return [(token, name) for token, one in sorted(RESOURCES.items()) for name in one.model.model_fields]


@pytest.mark.parametrize(("token", "name"), fields())
def test_any_value_of_a_live_object_is_read(token: str, name: str) -> None:
    model = RESOURCES[token].model
    key = model.model_fields[name].alias or name
    for value in ODD:
        with live_state():
            made = model.model_validate({key: value, "unknownToday": "x"})
        shown = made.properties()
        assert "unknownToday" not in shown
        if value not in (None, -1) and not isinstance(value, dict | list):
            assert shown[key] == value


@pytest.mark.parametrize("token", sorted(RESOURCES))
def test_a_declaration_is_checked_as_ever(token: str) -> None:
    model = RESOURCES[token].model
    with pytest.raises(ValidationError):
        model.model_validate({"unknownToday": "x"})


def test_what_is_right_is_made_as_ever() -> None:
    class Inner(Model):
        level: int = 1

    class Outer(Model):
        inner_parts: list[Inner] = []

    with live_state():
        assert Outer(inner_parts=[Inner(level=2)]).properties() == {"innerParts": [{"level": 2}]}
        odd = Outer.model_validate({"innerParts": [{"level": "high"}, {"level": 3}], "more": 1})
    assert odd.properties() == {"innerParts": [{"level": "high"}, {"level": 3}]}
    assert odd.inner_parts[1].level == 3
