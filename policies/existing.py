"""Resources as a state or a preview has them, for judging them without the engine."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from pulumi_policy import proxy

from rolecall.contract.protective_settings import PROTECTIVE_TYPES, Declared
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Provider, Resource, stack_of
from rolecall.policies.stack_rules import Change, change_of
from rolecall.policies.types import PROVIDERS, SERVICE_PRINCIPAL

# How the engine writes a secret into a state: https://www.pulumi.com/docs/iac/concepts/secrets/.
SIGNATURE, SECRET = "4dabf18193072939515e22adb298388d", "1b47061264138c4ac30d75fd1eb44270"


def resources_in(payload: Mapping[str, Any]) -> Iterator[Resource]:
    """Yield the resources in what `pulumi stack export` or `pulumi preview --json` writes.

    Raises:
        ValueError: it is neither.
    """
    if "deployment" in payload:
        states = (payload["deployment"] or {}).get("resources") or []
    elif "steps" in payload:
        states = [step["newState"] for step in payload["steps"] if step.get("newState")]
    else:
        raise ValueError("it has neither `deployment`, as `pulumi stack export` writes, nor `steps`, as a preview does")
    providers = {state["urn"]: state for state in states if str(state["type"]).startswith(PROVIDERS)}
    for state in states:
        if state.get("custom") and not state.get("delete"):
            # A reference to a provider is its URN and its id.
            provider = str(state.get("provider") or "").rpartition("::")[0]
            yield _resource(state, providers.get(provider))


def principals_in(payload: Mapping[str, Any]) -> dict[str, str]:
    """Return the application id of each service principal in an export, by what it is found by again."""
    states = (payload.get("deployment") or {}).get("resources") or []
    made = [one for one in states if one.get("type") == SERVICE_PRINCIPAL]
    return {
        str(one["inputs"]["externalId"]): str(one["outputs"]["applicationId"])
        for one in made
        if (one.get("inputs") or {}).get("externalId") and (one.get("outputs") or {}).get("applicationId")
    }


def changes_in(payload: Mapping[str, Any]) -> list[Change]:
    """Return the changes of each stack; an export has no earlier state."""
    after: defaultdict[str, list[Resource]] = defaultdict(list)
    for resource in resources_in(payload):
        after[stack_of(resource.urn)].append(resource)
    before: defaultdict[str, dict[str, Declared]] = defaultdict(dict)
    for step in payload.get("steps") or ():
        old = step.get("oldState") or {}
        if old.get("type") in PROTECTIVE_TYPES and old.get("custom"):
            # An alias or a move renames a resource.
            name = str((step.get("newState") or old)["urn"]).rpartition("::")[2]
            connection = str(old.get("provider") or "").rpartition("::")[0].rpartition("::")[2]
            held = Declared(old["type"], name, connection, _plain(old.get("inputs") or {}))
            before[stack_of(old["urn"])][f"{held.type}::{name}"] = held
    is_preview = "steps" in payload
    return [change_of(after[one], one, before[one] if is_preview else None) for one in sorted({*after, *before})]


def _resource(state: Mapping[str, Any], provider: Mapping[str, Any] | None) -> Resource:
    stack, _, _, name = state["urn"].removeprefix("urn:pulumi:").split("::", 3)
    values = _plain(state.get("inputs") or {})
    through = None
    if not state["type"].startswith(PROVIDERS):
        # A state that without the provider does not name the connection.
        held = _plain((provider or {}).get("inputs") or {})
        kind = provider["type"] if provider else f"{PROVIDERS}{state['type'].split(':')[0]}"
        called = provider["urn"].rpartition("::")[2] if provider else ""
        through = Provider(kind, called, Properties(held))
    return Resource(state["type"], name, stack, Properties(values), values, state["urn"], through)


def _plain(value: Any) -> Any:
    """Return a value with secrets opened; one that is encrypted is as good as not known."""
    if isinstance(value, Mapping):
        if value.get(SIGNATURE) == SECRET:
            return _plain(json.loads(value["plaintext"])) if "plaintext" in value else proxy.UNKNOWN_STRING_VALUE
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
