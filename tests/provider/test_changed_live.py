"""Each declared property of each native type is changed live: parity names it, and an update repairs it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import ValidationError

from rolecall.engine.stack_state import Resource as Recorded
from rolecall.errors import RolecallError
from rolecall.parity.native_reads import native_differences
from rolecall.systems.resource import Resource
from tests.provider.cases import CASES
from tests.provider.in_process import created
from tests.support.identity import Company

# Identity of the object or its owner: changing it makes another object, or one of another owner.
IDENTIFYING = {
    *("name", "managedBy", "appId", "groupId", "resourceId", "principalId", "applicationId", "applicationObjectId"),
    *("targetType", "targetId", "workspaceHost", "scope", "externalId", "identifier", "appRoleId", "mailNickname"),
    *("flow", "entrypoint", "workPool"),
}
# How long Rolecall waits is nothing in the system.
NOT_LIVE = {"waitSeconds"}


def others(value: Any) -> Iterator[Any]:
    """Yield other values of the same form; some may not fit."""
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, int | float):
        yield value + 1
    elif isinstance(value, str):
        yield f"{value} changed"
        yield "changed"
        yield "https://changed.example.com"
    elif isinstance(value, list):
        if len(value) > 1:
            yield value[:-1]
        for other in others(value[0]) if value else ():
            yield [other, *value[1:]]
    elif isinstance(value, dict):
        for key, inner in value.items():
            # A person is meant by the id in the identity provider, whatever the account calls them.
            for other in others(inner) if key != "userName" else ():
                yield {**value, key: other}


@pytest.mark.parametrize("token", CASES)
def test_every_property_that_is_changed_live_is_named_and_repaired(
    systems: Company, monkeypatch: pytest.MonkeyPatch, token: str
) -> None:
    made = created(systems, monkeypatch, token)
    handler, inputs, declared, identity = made.handler, made.inputs, made.declared, made.identity
    recorded = Recorded(f"urn:pulumi:t::p::{token}::one", token, identity, inputs, {})
    assert native_differences(recorded) == []
    unseen: list[str] = []
    unrepaired: list[str] = []
    seen: list[str] = []
    for name, other in [*changes(handler, inputs), *CASES[token][1].items()]:
        if name in handler.replaced_by:
            continue
        try:
            changed = handler.model.model_validate({**inputs, name: other})
            handler.update(identity, declared, changed)
        except (ValidationError, RolecallError):
            continue
        named = [one.path for one in native_differences(recorded) or []]
        (seen if name in named else unseen).append(f"{name}: {other!r}")
        handler.update(identity, changed, declared)
        unrepaired += [f"{name}: {one}" for one in native_differences(recorded) or []]
    assert not unseen
    assert not unrepaired
    assert seen or CASES[token][2], "only what is replaced has nothing to change"


def changes(handler: Resource[Any], inputs: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    """Yield properties with other values."""
    for name, value in inputs.items():
        if name not in IDENTIFYING | NOT_LIVE | handler.settings:
            yield from ((name, other) for other in others(value))
