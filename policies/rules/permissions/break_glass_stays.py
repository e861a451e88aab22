from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.contract.naming import SYSTEM_CATALOG
from rolecall.kinds.access import INTERFACES
from rolecall.kinds.registry import KINDS
from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.hosts import catalog_of
from rolecall.policies.permissions import BREAK_GLASS, FULL_RIGHTS, goes_without_break_glass, is_break_glass
from rolecall.policies.rights import is_for_recipients, rights_of
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.types import PERMISSIONS

# Properties that name objects on which no such word is known.
WITHOUT_FULL_RIGHTS = frozenset(
    {
        *(name for form in INTERFACES for name in form.without_full),
        *(
            kind.access.marker
            for kind in KINDS
            if not kind.access.names and kind.access.interface.full and not kind.vocabulary & kind.access.interface.full
        ),
    }
)


# Types that declare the entries of one subject, and nothing about others.
OF_ONE_SUBJECT = frozenset(form.single for form in INTERFACES if form.single)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    if context.break_glass is None and goes_without_break_glass(resource, context):
        return
    if context.break_glass is None:
        how = "Write `break_glass: {group: NAME}` in the contract, or set the rule's parameter break_glass_group."
        yield Finding("the contract names no break-glass group", how)
        return
    if is_for_recipients(resource):
        return
    if catalog_of(resource) == SYSTEM_CATALOG:
        return  # Databricks owns it; who may read it, the contract's auditors are
    held = [one for one in rights_of(resource) if is_break_glass(one, resource, context)]
    how = "Keep it: it is the way in when the identity provider or the deployer fails."
    if not held:
        if resource.type not in OF_ONE_SUBJECT:
            yield Finding(f"the break-glass group {context.break_glass!r} would lose its access", how)
        return
    words = {word.strip().upper().replace(" ", "_") for one in held for word in one.what.split(",")}
    full = {word.upper() for word in FULL_RIGHTS[resource.type]}
    lesser = any(resource.properties.is_set(name) for name in WITHOUT_FULL_RIGHTS)
    if not lesser and not words & full:
        levels = " or ".join(sorted(FULL_RIGHTS[resource.type]))
        yield Finding(
            f"the break-glass group {context.break_glass!r} would keep {', '.join(sorted(words)).lower()} only",
            f"Give it {levels}. {how}",
        )


RULE = Rule(
    "break-glass-stays",
    "The break-glass group keeps full rights on every permission object, list of grants, and service principal.",
    Severity.CRITICAL,
    "https://docs.databricks.com/en/security/auth/access-control/index.html",
    (Theme.AVAILABILITY, Theme.ADMINISTRATORS),
    tuple(FULL_RIGHTS),
    _check,
    Example(
        PERMISSIONS,
        compliant.PERMISSIONS,
        (without("accessControls.0"), without("accessControls")),
        (compliant.ENTRIES, "accessControls.0", "accessControls.0.groupName"),
    ),
    parameters=BREAK_GLASS,
    needs_contract=True,
    needs=("break_glass",),
)
