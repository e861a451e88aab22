"""Show rules and what they found."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from rich.table import Table

from rolecall.console.output import (
    SCHEMA_VERSION,
    PolicyFormat,
    cell,
    err,
    out,
    print_document,
    print_json,
    print_table,
    print_text,
)
from rolecall.console.shown import terminal
from rolecall.console.violation_documents import RuleShown, Shown, junit, sarif
from rolecall.errors import ExitCode, UsageError
from rolecall.policies.catalogue import ON_STACKS, PACKS, rules_of
from rolecall.policies.context import Context, context_of_stack
from rolecall.policies.controls import FRAMEWORKS
from rolecall.policies.existing import changes_in, principals_in, resources_in
from rolecall.policies.former_ids import current
from rolecall.policies.judging import judge, judge_stacks, level_of
from rolecall.policies.rule import Resource, Rule, tags_of
from rolecall.policies.stack_rules import StackRule

if TYPE_CHECKING:
    from rolecall.documents.policies import RuleRow, ViolationRow


# Violations of one rule that are shown; the rest is counted.
SHOWN = 5


def chosen(packs: Sequence[str]) -> dict[str, tuple[Rule, ...]]:
    """Return the packs of some names, or all.

    Raises:
        UsageError: there is no pack of a name.
    """
    for name in packs:
        if name not in PACKS:
            raise UsageError(f"there is no pack {name!r}", f"There are: {', '.join(PACKS)}.")
    return {name: rules for name, rules in PACKS.items() if not packs or name in packs}


def show_rules(packs: Sequence[str], framework: str | None, output: PolicyFormat) -> None:
    """List rules.

    Raises:
        UsageError: there is no pack, or no framework, of a name.
    """
    if framework is not None and framework not in FRAMEWORKS:
        raise UsageError(f"there is no framework {framework!r}", f"There are: {', '.join(FRAMEWORKS)}.")
    listed: list[tuple[str, Rule | StackRule]] = [
        (pack, rule)
        for pack in chosen(packs)
        for rule in rules_of(pack)
        if framework is None or framework in rule.controls
    ]
    if output is PolicyFormat.JSON:
        print_document({"schema_version": SCHEMA_VERSION, "rules": [described(*one) for one in listed]})
        return
    table = Table("rule", "pack", "severity", framework or "requirement", box=None, pad_edge=False, header_style="bold")
    for pack, rule in listed:
        said = ", ".join(rule.controls[framework]) if framework else rule.description
        table.add_row(*map(cell, (rule.id, pack, rule.severity.value, said)))
    print_table(table)


def described(pack: str, rule: Rule | StackRule) -> RuleRow:
    """Return all that there is to say of a rule, as plain values."""
    return {
        "id": rule.id,
        "pack": pack,
        "description": rule.description,
        "severity": rule.severity.value,
        "level": level_of(pack, rule),
        "types": [*rule.types],
        "parameters": rule.parameters.properties if rule.parameters else {},
        "needs_contract": rule.needs_contract,
        "can_remediate": rule.remedy is not None,
        "controls": {framework: [*controls] for framework, controls in rule.controls.items()},
        "source": rule.source,
    }


def explain(rule_id: str, output: PolicyFormat) -> None:
    """Say what there is to say of a rule.

    Raises:
        UsageError: there is no such rule.
    """
    everything: list[tuple[str, Rule | StackRule]] = [(pack, rule) for pack in PACKS for rule in rules_of(pack)]
    found = next(((pack, rule) for pack, rule in everything if rule.id == current(rule_id)), None)
    if found is None:
        near = get_close_matches(rule_id, [rule.id for _, rule in everything], cutoff=0.4)
        how = f"Did you mean {', '.join(near)}? " if near else ""
        how += "`rolecall policy list` has all."
        raise UsageError(f"there is no rule {rule_id!r}", how)
    pack, rule = found
    row = described(pack, rule)
    if output is PolicyFormat.JSON:
        print_document({"schema_version": SCHEMA_VERSION, "rule": row})
        return
    out.print(f"[bold]{terminal(rule.id)}[/]  {terminal(rule.description)}\n")
    lines = {
        "pack": f"rolecall:{pack}, {row['level']} by default, severity {row['severity']}",
        "judges": ", ".join(kind.rpartition(":")[2] for kind in rule.types),
        "parameters": "; ".join(
            f"{name} (default {json.dumps(one['default'])})" if "default" in one else name
            for name, one in row["parameters"].items()
        ),
        "contract": "reads the contract; without one its parameters stand for it, or it is left out"
        if rule.needs_contract
        else "",
        "remedy": "with the level `remediate` it is set right, and shown as a change" if rule.remedy else "",
        "controls": "\n".join(f"{name}: {', '.join(one)}" for name, one in row["controls"].items()),
        "source": rule.source,
        "configure": json.dumps({rule.id: {"enforcementLevel": row["level"]}}) + " in the file of --policy-pack-config",
    }
    table = Table(box=None, show_header=False, pad_edge=False)
    for name, text in lines.items():
        if text:
            table.add_row(f"[dim]{terminal(name)}[/]", cell(text))
    print_table(table)


def judge_files(files: Sequence[Path], packs: Sequence[str], configuration: Path | None, output: PolicyFormat) -> int:
    """Judge what files have, show what was found, and return the exit code.

    Raises:
        UsageError: a file, or the configuration, is not what it should be.
    """
    rules = chosen(packs)
    settings = _json(configuration) if configuration else {}
    # All files are read before anything is judged: looking for the contract goes to the project's folder.
    texts = {file: _json(file) for file in files}
    judged = [resource for file, text in texts.items() for resource in _resources(file, text)]
    changes = [change for text in texts.values() for change in changes_in(text)]
    here = Path.cwd()
    principals = {mark: one for text in texts.values() for mark, one in principals_in(text).items()}

    def context_of(stack: str) -> Context:
        found = context_of_stack(stack)
        own = {one for mark, one in principals.items() if mark in found.principal_marks}
        return replace(found, principals=found.principals | own) if found.principals is not None else found

    found = list(judge(judged, rules, context_of, settings))
    on_stacks = {pack: ON_STACKS.get(pack, ()) for pack in rules}
    found += judge_stacks(changes, on_stacks, context_of, settings)
    os.chdir(here)
    if problems := exemption_problems({one.stack for one in judged}):
        raise UsageError("\n".join(problems), "Nothing is judged while an exemption is not in order.")
    shown = [
        Shown(one.rule, one.pack, one.stack, one.resource, one.message, one.mandatory, one.exemption) for one in found
    ]
    for warning in exemption_warnings({one.stack for one in judged}):
        err.print(f"[yellow]warning:[/] {terminal(warning)}")
    write_violations(shown, output, rules)
    if output is PolicyFormat.TABLE:
        blocking = sum(one.mandatory for one in found)
        said = f"{len(judged):,} resources judged by {sum(map(len, rules.values()))} rules"
        out.print(f"{terminal(said)}: {blocking:,} violations, {len(found) - blocking:,} hints")
    return ExitCode.FINDINGS if any(one.mandatory for one in found) else ExitCode.FINE


def _resources(file: Path, text: Any) -> list[Resource]:
    try:
        return list(resources_in(text))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        how = "Write it with `pulumi stack export` or `pulumi preview --json`."
        raise UsageError(f"{file}: {error}", how) from error


def exemption_problems(stacks: set[str]) -> list[str]:
    """Return what is wrong with the exemptions of a project's stacks."""
    known = {rule.id for pack in PACKS for rule in rules_of(pack)}
    found: list[str] = []
    for exemptions in (context_of_stack(stack).exemptions for stack in sorted(stacks)):
        found += [*exemptions.problems, *exemptions.unknown_rules(known)]
    return list(dict.fromkeys(found))


def exemption_warnings(stacks: set[str]) -> list[str]:
    """Return the warnings about the exemptions of a project's stacks."""
    found = [one for stack in sorted(stacks) for one in context_of_stack(stack).exemptions.warnings]
    return list(dict.fromkeys(found))


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise UsageError(f"{file} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise UsageError(f"{file} is not JSON: {error}") from error


def write_violations(
    violations: Sequence[Shown], output: PolicyFormat, packs: Mapping[str, Sequence[Rule]] = PACKS
) -> None:
    """Write violations in a format."""
    everything: list[Rule | StackRule] = [rule for pack in packs for rule in rules_of(pack)]
    known = {
        rule.id: RuleShown(rule.id, rule.description, rule.source, tuple(tags_of(rule.controls))) for rule in everything
    }
    if output is PolicyFormat.JSON:
        rows = cast("list[ViolationRow]", [vars(one) for one in violations])
        print_document({"schema_version": SCHEMA_VERSION, "violations": rows})
    elif output is PolicyFormat.SARIF:
        print_json(sarif(violations, known))
    elif output is PolicyFormat.JUNIT:
        print_text(junit(violations, known, {pack: [rule.id for rule in rules] for pack, rules in packs.items()}))
    else:
        _show(violations)


def _show(violations: Sequence[Shown]) -> None:
    by_rule: dict[str, list[Shown]] = {}
    for one in violations:
        by_rule.setdefault(one.rule, []).append(one)
    for rule, broken in sorted(by_rule.items(), key=lambda both: (not both[1][0].mandatory, both[0])):
        colour = "red" if broken[0].mandatory else "yellow"
        count = f"{len(broken)} {'resource' if len(broken) == 1 else 'resources'}"
        out.print(f"[{terminal(colour)}]{terminal(rule)}[/]  {terminal(count)}")
        for one in broken[:SHOWN]:
            first, *rest = one.message.splitlines()
            out.print(f"  {terminal(one.stack)}: {terminal(first)}")
            for line in rest:
                out.print(f"    {terminal(line.strip())}")
            if one.exemption:
                out.print(f"    [dim]{terminal(one.exemption)}[/]")
        if len(broken) > SHOWN:
            out.print(f"  and {len(broken) - SHOWN:,} more")
