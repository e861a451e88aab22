"""Violations as documents for CI: SARIF for code scanning, JUnit for test reports."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree

from rolecall import __version__
from rolecall.console.shown import plain, xml
from rolecall.console.shown import sarif as sarif_text

# https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
SARIF_SCHEMA, SARIF_VERSION = "https://json.schemastore.org/sarif-2.1.0.json", "2.1.0"
# Code scanning wants a file for each result; what came from no contract is shown at the project's own.
FALLBACK = ("Pulumi.yaml", 1)
# The first line of a message that is about a resource of the contract (rolecall.policies.rule).
_PLACE = re.compile(r"^[^\n]*? \(([^()\n]+):(\d+)\): ")


@dataclass(frozen=True)
class Shown:
    """A violation as documents have it.

    Attributes:
        rule: the rule's id.
        pack: the pack's name.
        stack: the stack.
        resource: the resource's name.
        message: resource, place, finding, allowed values, fix.
        mandatory: whether it blocks.
        exemption: why it is allowed; empty without an exemption.
    """

    rule: str
    pack: str
    stack: str
    resource: str
    message: str
    mandatory: bool
    exemption: str = ""

    @property
    def place(self) -> tuple[str, int]:
        """The file and line in the contract; the project's file where the message names none."""
        found = _PLACE.match(self.message)
        return (relative_file(found[1]), int(found[2])) if found else FALLBACK


@dataclass(frozen=True)
class RuleShown:
    """What documents say of a rule."""

    id: str
    description: str
    source: str
    tags: tuple[str, ...]


def relative_file(file: str) -> str:
    """Return a file as code scanning knows it: relative to the folder in which the command runs, where it is below."""
    relative = os.path.relpath(file)
    return file if relative.startswith("..") else relative


def without_description(message: str, description: str | None) -> str:
    """Return a violation's message without the rule's description, which the engine's SDK writes above it."""
    return message.removeprefix(f"{description}\n") if description else message


def sarif(violations: Sequence[Shown], rules: Mapping[str, RuleShown]) -> dict[str, Any]:
    """Return violations in the Static Analysis Results Interchange Format 2.1.0."""
    named = sorted({one.rule for one in violations} | set(rules))
    driver = {
        "name": "rolecall",
        "version": __version__,
        "rules": [_sarif_rule(name, rules.get(name)) for name in named],
    }
    results = [_sarif_result(one, named.index(one.rule)) for one in violations]
    return {
        "$schema": SARIF_SCHEMA,
        "version": SARIF_VERSION,
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _sarif_rule(name: str, rule: RuleShown | None) -> dict[str, Any]:
    if rule is None:
        return {"id": name}
    return {
        "id": name,
        "shortDescription": {"text": rule.description},
        "helpUri": rule.source,
        "properties": {"tags": [*rule.tags]},
    }


def _sarif_result(one: Shown, index: int) -> dict[str, Any]:
    file, line = one.place
    physical = {"artifactLocation": {"uri": quote(plain(file))}, "region": {"startLine": line}}
    logical = {"fullyQualifiedName": plain(f"{one.stack}/{one.resource}"), "kind": "resource"}
    # An exemption is a suppression that was reviewed (SARIF 2.1.0, 3.35).
    suppressed = {"kind": "external", "status": "accepted", "justification": plain(one.exemption)}
    return {
        **({"suppressions": [suppressed]} if one.exemption else {}),
        "ruleId": one.rule,
        "ruleIndex": index,
        "level": "error" if one.mandatory else "warning",
        "message": {"text": sarif_text(one.message)},
        "locations": [{"physicalLocation": physical, "logicalLocations": [logical]}],
        "partialFingerprints": {"rule/stack/resource": plain(f"{one.rule}/{one.stack}/{one.resource}")},
    }


def junit(violations: Sequence[Shown], rules: Mapping[str, RuleShown], packs: Mapping[str, Sequence[str]]) -> str:
    """Return violations as a JUnit report: a suite for each pack, a case for each rule, passed ones included.

    Args:
        violations: the findings; those that do not block are in the case's output.
        rules: what is known of rules.
        packs: the ids of each pack's rules.
    """
    root = ElementTree.Element("testsuites", name="rolecall policies")
    named = {pack: tuple(ids) for pack, ids in packs.items()}
    named |= {one.pack: () for one in violations if one.pack not in named}
    for pack, ids in named.items():
        own = [one for one in violations if one.pack == pack]
        cases = dict.fromkeys([*ids, *(one.rule for one in own)])
        broken = {one.rule for one in own if one.mandatory}
        counts = {"tests": str(len(cases)), "failures": str(len(broken))}
        suite = ElementTree.SubElement(root, "testsuite", {"name": xml(pack), **counts})
        for rule in cases:
            case = ElementTree.SubElement(suite, "testcase", classname=xml(pack), name=xml(rule))
            _junit_case(case, [one for one in own if one.rule == rule], rules.get(rule))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_case(case: ElementTree.Element, violations: Sequence[Shown], rule: RuleShown | None) -> None:
    blocking = [one for one in violations if one.mandatory]
    if blocking:
        what = rule.description if rule else f"{len(blocking)} resources break it"
        failure = ElementTree.SubElement(case, "failure", message=xml(what))
        failure.text = xml("\n".join(f"{one.stack}: {one.message}" for one in blocking))
    advisory = [one for one in violations if not one.mandatory]
    if advisory:
        lines = [f"{one.stack}: {one.message}{f' [{one.exemption}]' if one.exemption else ''}" for one in advisory]
        ElementTree.SubElement(case, "system-out").text = xml("\n".join(lines))
