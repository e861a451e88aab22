"""`adopt` adopts unmarked objects, and never an object with another organization's mark."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.errors import NotOwned
from rolecall.provider.registry import RESOURCES
from rolecall.systems.connections import forget_all
from tests.provider.cases import CASES, OWNER
from tests.provider.in_process import Handlers
from tests.support.identity import Company

ADOPTING = sorted(token for token in CASES if {"adopt", "managed_by"} <= RESOURCES[token].model.model_fields.keys())


def test_objects_of_another_organization_are_not_adopted(systems: Company, monkeypatch: pytest.MonkeyPatch) -> None:
    for key, value in systems.variables().items():
        monkeypatch.setenv(key, value)
    forget_all()
    assert len(ADOPTING) == 5
    for token in ADOPTING:
        handler, make = RESOURCES[token](), CASES[token][0]
        inputs: dict[str, Any] = make(systems, Handlers())  # type: ignore[arg-type]  # its interface

        def owned_by(mark: str, handler: Any = handler, inputs: Any = inputs, **more: Any) -> Any:
            return handler.model.model_validate({**inputs, "managedBy": mark, **more})

        foreign = owned_by("rolecall:acme-labs:platform")
        others = handler.create(foreign).id
        before = handler.read(others, foreign)
        adopting = owned_by(f"{OWNER}:platform", adopt=True)
        with pytest.raises(NotOwned, match="carries the mark rolecall:acme-labs:platform of another organization"):
            handler.create(adopting)
        assert handler.existing(adopting) is None
        assert handler.read(others, foreign) == before, "nothing was written"
        handler.delete(others, foreign)

        own = handler.create(owned_by(OWNER)).id
        assert handler.create(adopting).id == own, f"{token} of an older run of this organization"
