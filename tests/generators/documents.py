"""Write the documents that are lists of what the code has: commands, rules, kinds, verbs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from typer.main import get_command

from rolecall.cli.examples import EXAMPLES
from rolecall.cli.main import app
from rolecall.cli.results import results_of
from rolecall.contract.problem_pages import problem_pages
from rolecall.errors import EXIT_CODES
from rolecall.ids.project_object import Adjustable
from rolecall.kinds.job import TARGETS
from rolecall.kinds.registry import BY_SECTION, KINDS
from rolecall.policies.catalogue import PACKS, rules_of
from rolecall.policies.controls import FRAMEWORKS
from rolecall.provider.schema import package_schema
from rolecall.settings import SETTINGS, SetBy
from rolecall.systems.conductor import ways as conductor_ways
from rolecall.systems.databricks.rights import RIGHTS, Mode
from rolecall.systems.databricks.ways import account, around, data, workspace
from rolecall.systems.entra import ways as entra_ways
from rolecall.systems.harness import ways as harness_ways
from rolecall.systems.kubernetes import observe as kubernetes_observe
from rolecall.systems.okta import ways as okta_ways
from rolecall.systems.prefect import ways as prefect_ways
from rolecall.systems.registry import SYSTEMS

DOCS = Path(__file__).resolve().parents[2] / "docs"
BEGIN, END = "<!-- sections: written by `make generate` -->", "<!-- end of sections -->"
BEGIN_RIGHTS, END_RIGHTS = "<!-- rights: written by `make generate` -->", "<!-- end of rights -->"
GENERATED = "<!-- Written by `make generate`; change the code instead. -->\n"


def commands() -> str:
    """Return the page of all commands."""
    lines = ["# Commands", "", GENERATED]
    lines += ["| exit code | meaning |", "| --- | --- |"]
    lines += [f"| {code:d} | {meaning} |" for code, meaning in EXIT_CODES.items()]
    lines += [
        "",
        "A run that did not come to its end never has the code of a result (0, 1 or 4), so a pipeline may accept one:",
        "`rolecall review main..HEAD || [ $? -eq 4 ]`. Of several outcomes the gravest counts: a finding never hides",
        "what could not be read or failed.",
    ]
    lines += ["", "Results go to standard output, everything else to standard error.", ""]
    for name, command in _walk(get_command(app), ""):
        arguments = " ".join(one.metavar or f"[{str(one.name).upper()}]" for one in _parameters(command, "argument"))
        lines += [f"## `rolecall {name}{f' {arguments}' if arguments else ''}`", "", _text(command.help or ""), ""]
        lines += ["```", *EXAMPLES[name], "```", ""]
        lines += ["| exit code | meaning |", "| --- | --- |"]
        lines += [f"| {code:d} | {meaning} |" for code, meaning in results_of(name).items()]
        lines.append("")
        options = [one for one in _parameters(command, "option") if "--help" not in one.opts]
        if options:
            lines += ["| option | meaning |", "| --- | --- |"]
            lines += [f"| {', '.join(f'`{name}`' for name in one.opts)} | {one.help or ''} |" for one in options]
            lines.append("")
    return "\n".join(lines)


PACKS_SAY = {
    "guardrails": "Mistakes in every organization. All rules are mandatory.",
    "compliance": "Requirements of auditors. Rules of severity low are advisory unless a stack's configuration makes "
    "them mandatory.",
    "cost": "Unused or unexpectedly expensive resources. Rules of severity low are advisory.",
}


def rules() -> str:
    """Return the page of all rules."""
    count = sum(len(rules_of(pack)) for pack in PACKS)
    lines = ["# Rules", "", GENERATED]
    lines += [
        f"{count} rules in {len(PACKS)} packs block a deployment before anything is written:",
        "`rolecall preview --policy-pack rolecall:guardrails --policy-pack rolecall:compliance`, the same with",
        "`rolecall up` and plain `pulumi` ([how](policies.md)). They judge any program",
        "that uses `pulumi-databricks`, with or without a contract. Without one, parameters replace it",
        "(`--policy-pack-config FILE`, which also sets levels: `mandatory`, `advisory`, `disabled`). A value that",
        "is unknown during a preview is not compliant. `stacks/blocked` has contracts that break some rules.",
        "`rolecall policy explain RULE` describes each; [policies](policies.md) explains how to use packs.",
    ]
    for pack in PACKS:
        lines += ["", f"## {pack.capitalize()}", "", PACKS_SAY[pack], ""]
        lines += ["| rule | requirement | severity | parameters | controls |", "| --- | --- | --- | --- | --- |"]
        for rule in rules_of(pack):
            parameters = ", ".join(f"`{name}`" for name in (rule.parameters.properties if rule.parameters else {}))
            controls = rule.controls
            told = "; ".join(f"{name} {', '.join(controls[name])}" for name in FRAMEWORKS if name in controls)
            row = (f"[`{rule.id}`]({rule.source})", rule.description, rule.severity.value, parameters, told)
            lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, ""])


def verbs() -> str:
    """Return the page of what each verb is on each kind in each system."""
    lines = ["# Verbs and kinds", "", GENERATED]
    lines += [
        "A role grants verbs on kinds. This table has each verb in each system's words. A verb that a system does not",
        "have on a kind is refused when the contract is loaded, never rounded. A contract cannot grant words without a",
        "verb; `rolecall parity` reports who holds it.",
        "",
        "| kind | verb | Databricks | source |",
        "| --- | --- | --- | --- |",
    ]
    for kind in KINDS:
        rows = [(str(verb), sorted(words)) for verb, words in kind.words.items()]
        rows += [(f"none: {reason}", [word]) for word, reason in kind.without_verb.items()]
        for verb, words in rows:
            shown = ", ".join(f"`{word}`" for word in words)
            lines.append(f"| {kind.name} | {verb} | {shown} | [Databricks]({kind.docs}) |")
    return "\n".join([*lines, ""])


def sections() -> str:
    """Return the table of what a project may declare, with the keys that each kind adds to those of all objects."""
    lines = ["| section | what | keys | `${resources.…}` |", "| --- | --- | --- | --- |"]
    common = {*Adjustable.model_fields}
    for section, kind in BY_SECTION.items():
        assert kind.model is not None
        own = [field.alias or name for name, field in kind.model.model_fields.items() if name not in (*common, TARGETS)]
        shown = ", ".join(f"`{name}`" for name in own)
        attributes = ", ".join(f"`{name}`" for name in kind.attributes)
        lines.append(f"| `{section}` | {kind.summary} | {shown} | {attributes} |")
    return "\n".join(lines)


def variables() -> str:
    """Return the page of Rolecall's own environment variables."""
    lines = ["# Environment variables", "", GENERATED]
    lines += [
        "Rolecall's own variables, each a row of `rolecall/settings.py`. An empty variable counts as unset; a value of",
        "another type is an error that names the variable. Addresses and credentials use the vendors' variables.",
    ]
    for set_by in SetBy:
        lines += [
            "",
            f"## Set by {set_by}",
            "",
            "| variable | meaning | type | without it |",
            "| --- | --- | --- | --- |",
        ]
        for setting in SETTINGS:
            if setting.set_by is set_by:
                read_by = f" Also read by {setting.elsewhere}." if setting.elsewhere else ""
                row = (f"`{setting.name}`", f"{setting.meaning}{read_by}", setting.kind, setting.without)
                lines.append(f"| {' | '.join(row)} |")
    return "\n".join([*lines, ""])


def contract() -> str:
    """Return the page on the contract with its generated table."""
    return _with_table(DOCS / "contract.md", (BEGIN, END), sections())


def rights() -> str:
    """Return the page on deployments without the account with its table of rights."""
    lines = ["| who | right | on | for | granted by |", "| --- | --- | --- | --- | --- |"]
    shown = {
        Mode.ACCOUNT: "the deployer",
        Mode.WORKSPACES: "the deployer with `administer: workspaces`",
        Mode.PREVIEWER: "the previewer",
    }
    for mode in Mode:
        for one in RIGHTS:
            if mode in one.modes:
                row = (shown[mode], f"[{one.name}]({one.source})", one.on, one.purpose, one.granted_by)
                lines.append(f"| {' | '.join(row)} |")
    return _with_table(DOCS / "how-to" / "without-the-account.md", (BEGIN_RIGHTS, END_RIGHTS), "\n".join(lines))


def _with_table(page: Path, marks: tuple[str, str], table: str) -> str:
    before, begin, rest = page.read_text(encoding="utf-8").partition(marks[0])
    _, end, after = rest.partition(marks[1])
    return f"{before}{begin}\n{table}\n{end}{after}"


def provider() -> str:
    """Return the page of all types and functions of the native provider."""
    schema = package_schema()
    lines = ["# The native provider", "", GENERATED]
    lines += [
        "Rolecall's own Pulumi provider, for identity providers, orchestrators and parts of Databricks. After a lost",
        "response it finds the object again and creates nothing twice. It changes objects of other owners only with",
        "`adopt: true`, and an empty response never removes a member. `Pulumi.yaml` names the plugin; it runs in the",
        "project's own Python. Your own programs can use it without a contract;",
        "`pulumi package get-schema rolecall/provider` writes its schema, from which packages for other languages are",
        "generated. Properties marked * are required; a change of a property marked ! replaces the object.",
        "",
        "| type | description | properties |",
        "| --- | --- | --- |",
    ]
    for token, one in sorted(schema["resources"].items()):
        lines.append(
            f"| `{token}` | {one['description']} | {_properties(one['inputProperties'], one['requiredInputs'])} |"
        )
    lines += ["", "| function | result | arguments |", "| --- | --- | --- |"]
    for token, one in sorted(schema["functions"].items()):
        inputs = one["inputs"]
        lines.append(f"| `{token}` | {one['description']} | {_properties(inputs['properties'], inputs['required'])} |")
    return "\n".join([*lines, ""])


def _properties(properties: dict[str, Any], required: list[str]) -> str:
    return ", ".join(
        f"`{name}`{'*' if name in required else ''}{'!' if one.get('willReplaceOnChanges') else ''}"
        for name, one in sorted(properties.items())
    )


WAYS = {
    "okta": okta_ways.READ,
    "entra": entra_ways.READ,
    "databricks": (*account.READ, *workspace.READ, *data.READ, *around.READ),
    "conductor": conductor_ways.READ,
    "harness": harness_ways.READ,
    "prefect": prefect_ways.READ,
    "kubernetes": kubernetes_observe.READ,
}


def parity() -> str:
    """Return the page of what parity reads and does not read, by system."""
    lines = ["# What parity reads", "", GENERATED]
    lines += [
        "`rolecall parity` compares grants by subject, the members of groups, and every declared property of every",
        "resource in the stacks, as `rolecall preview --refresh` does. Findings are `missing`, `extra`, `different`,",
        "`unknown` if something could not be read (exit code 3), and `unmanaged` for live access on, by or through",
        "something outside the contract (exit code 1). Each finding names its repair: `rolecall up --refresh`, or the",
        "responsible person and the command. Objects outside the contract that reach nothing in it are listed by name.",
        "",
        "Administrators of accounts, workspaces, metastores, identity providers, orchestrators, clusters are compared",
        "with the deployer, the break-glass group and `administrators` of the contract:",
        "",
        "```yaml",
        "administrators: [platform-team, ada@acme.example]   # groups of the contract, sign-in names or ids",
        "```",
    ]
    for system in SYSTEMS:
        ways = WAYS.get(system.name, ())
        lines += ["", f"## {system.name.capitalize()}", ""]
        lines += [f"- {one}" for one in ways]
        lines += ["", "Not read, as every report states:", ""]
        lines += [f"- {one}" for one in system.does_not_read]
    return "\n".join([*lines, ""])


def problems() -> str:
    """Return the page of all problems of a contract."""
    lines = ["# Problems", "", GENERATED]
    lines += [
        "`rolecall check` reports each problem with file, line and column, the line itself and an id. The id is",
        "stable: scripts can rely on it, and `rolecall explain ID` shows its entry of this page.",
    ]
    for page in problem_pages().values():
        lines += ["", f"## `{page.id}`", "", page.cause, "", page.fix]
        lines += ["", "```yaml", page.example, "```"] if page.example else []
    return "\n".join([*lines, ""])


PAGES = {
    "commands.md": commands,
    "problems.md": problems,
    "contract.md": contract,
    "rules.md": rules,
    "provider.md": provider,
    "variables.md": variables,
    "verbs.md": verbs,
    "parity.md": parity,
    "how-to/without-the-account.md": rights,
}


def main() -> None:
    """Write all pages."""
    for name, page in PAGES.items():
        (DOCS / name).write_text(page())


def _walk(command: Any, prefix: str) -> list[tuple[str, Any]]:
    """Return all commands with their names; typer brings its own click, whose classes are not for others."""
    found: list[tuple[str, Any]] = []
    for name, inner in getattr(command, "commands", {}).items():
        if hasattr(inner, "commands"):
            found += _walk(inner, f"{prefix}{name} ")
        else:
            found.append((f"{prefix}{name}", inner))
    return found


def _parameters(command: Any, sort: str) -> list[Any]:
    return [one for one in command.params if one.param_type_name == sort]


def _text(help_text: str) -> str:
    return "\n".join(line.strip() for line in help_text.strip().splitlines())
