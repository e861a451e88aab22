"""Native resources in this process, without the provider's server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from rolecall.provider.checking import with_defaults
from rolecall.provider.registry import RESOURCES
from rolecall.systems.connections import forget_all
from rolecall.systems.resource import Model, Resource
from tests.provider.cases import CASES
from tests.support.identity import Company


class Handlers:
    """Creates resources, with the interface of the provider's client."""

    def create(self, token: str, **properties: Any) -> tuple[str, dict[str, Any]]:
        handler = RESOURCES[token]()
        live = handler.create(handler.model.model_validate(properties))
        return live.id, {**live.inputs.properties(), **live.computed}


@dataclass(frozen=True)
class Created:
    """The resource of a case, as it was created."""

    handler: Resource[Any]
    inputs: dict[str, Any]
    declared: Model
    identity: str


def created(systems: Company, monkeypatch: pytest.MonkeyPatch, token: str) -> Created:
    """Create the resource of a type's case; connections are those of the company."""
    for key, value in systems.variables().items():
        monkeypatch.setenv(key, value)
    forget_all()
    handler = RESOURCES[token]()
    make: Any = CASES[token][0]
    inputs = with_defaults(handler.model, make(systems, Handlers()))
    declared = handler.model.model_validate(inputs)
    return Created(handler, inputs, declared, handler.create(declared).id)
