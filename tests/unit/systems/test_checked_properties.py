"""Properties that the provider fills in."""

from __future__ import annotations

from pydantic import Field

from rolecall.provider.checking import with_defaults
from rolecall.systems.resource import Model


class _Part(Model):
    max_size: int = 1


class _Inputs(Model):
    name: str
    tags: dict[str, str] = Field(default_factory=dict)
    parts: list[_Part] = Field(default_factory=list)
    level: str = "view"
    note: str | None = None


def test_defaults_are_filled_in_and_each_resource_has_its_own() -> None:
    first = with_defaults(_Inputs, {"name": "a"})
    assert first == {"name": "a", "tags": {}, "parts": [], "level": "view"}
    first["tags"]["a"] = "b"
    first["parts"].append({})
    assert with_defaults(_Inputs, {"name": "b"}) == {"name": "b", "tags": {}, "parts": [], "level": "view"}


def test_properties_are_written_as_the_model_writes_them() -> None:
    given = {"name": "a", "parts": [{"maxSize": 2}, {}], "tags": {"x": "y"}}
    assert with_defaults(_Inputs, given)["parts"] == [{"maxSize": 2}, {"maxSize": 1}]
    assert given["parts"] == [{"maxSize": 2}, {}]
