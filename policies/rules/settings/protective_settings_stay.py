from __future__ import annotations

from dataclasses import replace

from pulumi_policy import Severity

from rolecall.contract.protective_settings import PROTECTIVE_TYPES, Declared, refusal_of, weakened
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.hosts import address
from rolecall.policies.rule import Finding, Resource
from rolecall.policies.stack_rules import Change, Findings, StackRule
from rolecall.policies.types import PERMISSIONS


def _check(change: Change, context: Context) -> Findings:
    if change.before is None:
        return
    after = {key: _declared(one, context) for key, one in change.after.items() if one.type in PROTECTIVE_TYPES}
    # A contract's workspace keeps its name where its address changes; in any other program, only the address tells.
    known = {key: replace(one, host="") if context.own_program else one for key, one in change.before.items()}
    before = {key: _on_connection(one, after.get(key)) for key, one in known.items()}
    for weakening in weakened(before, after):
        message = refusal_of(weakening, context.removal_overrides, change.today)
        if message is not None:
            what, _, how = message.partition("\n")
            how = how if context.has_contract else "Keep the setting, or exempt it with a ticket."
            yield weakening.resource, Finding(what, how)


def _on_connection(held: Declared, then: Declared | None) -> Declared:
    """Return a setting by the current name of its connection: the engine passes no name to a pack for some."""
    if then is None or (held.host and then.host):
        return held
    return replace(held, connection=then.connection)


def _declared(one: Resource, context: Context) -> Declared:
    host_input = one.provider.properties.known_or_none("host") if one.provider else None
    host = address(str(host_input)) if host_input and not context.own_program else ""
    return Declared(one.type, one.name, one.provider.name if one.provider else "", one.values, host)


RULE = StackRule(
    "protective-settings-stay",
    "No change removes or weakens a setting that protects a workspace or the account.",
    Severity.HIGH,
    "https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/workspace_conf",
    (Theme.CONFIGURATION, Theme.CHANGE),
    {kind: "authorization" if kind == PERMISSIONS else "" for kind in PROTECTIVE_TYPES},
    _check,
)
