"""Write the files of a new rule, kind, system or command: `python -m scripts.scaffold rule NAME`.

The files are complete enough to import; `TODO` marks what is left. Nothing is overwritten. The lines to add to existing
files are printed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Mapping
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]

RULE = """from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.checks import not_set, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, without
from rolecall.policies.rule import Rule
from rolecall.policies.types import JOB

RULE = Rule(
    "@NAME@",
    "TODO: the rule in one sentence.",
    Severity.MEDIUM,
    "https://docs.databricks.com/",
    (Theme.CONFIGURATION,),
    (JOB,),
    # TODO: the violation (policies/checks.py), or a function of a resource and a context.
    refuse(not_set("name"), "it has no name", "Set `name`."),
    # TODO: properties that comply, each change that does not, and the paths that the rule reads.
    Example(JOB, {"name": "train"}, (without("name"),), ()),
)
"""
KIND = '''"""TODO: the kind in one sentence."""

from __future__ import annotations

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Facts, Naming, Owner, Quota, Resource, Scope, bracketed
from rolecall.kinds.workspace_object import WorkspaceKind

# TODO: the vendor's reference of the API.
DOCS = "https://docs.databricks.com/api/"


class @CLASS@(Adjustable):
    """TODO: an object of this kind."""


def _properties(_value: @CLASS@, facts: Facts) -> dict[str, object]:
    return {"name": facts.name}


@CONSTANT@ = WorkspaceKind[@CLASS@](
    Kind.@CONSTANT@,
    DOCS,
    "@WORDS@s",
    @CLASS@,
    quota=Quota(1_000, Scope.WORKSPACE),
    naming=Naming(bracketed, NameSyntax(DOCS, length=100)),
    access=Access(PERMISSIONS, "@SECTION@", "@PROPERTY@Id"),
    verbs={Verb.VIEW: "CAN_VIEW", Verb.RUN: "CAN_USE", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=Owner("level", "IS_OWNER", "may edit and delete it and change its permissions"),
    api=Api("/api/2.0/@SECTION@", "@SECTION@"),
    resource=Resource("databricks:index/@PROPERTY@:@CLASS@", {"name": "name"}, properties=_properties),
    data=None,
)
'''
SYSTEM = {
    "system.py": '''"""The system @TITLE@, which runs counterparts of jobs."""

from __future__ import annotations

from rolecall.systems.spec import orchestrator_spec

DOES_NOT_READ = ("TODO: ways of granting access that parity does not read",)
SPEC = orchestrator_spec(
    "@NAME@",
    "rolecall.systems.@NAME@",
    "@TITLE@",
    address="@CONSTANT@_URL",
    does_not_read=DOES_NOT_READ,
)
''',
    "signing_in.py": '''"""How to sign in to @TITLE@, for messages."""

from __future__ import annotations

SIGN_IN = "Set @CONSTANT@_URL and @CONSTANT@_TOKEN."
''',
    "__init__.py": '"""@TITLE@."""\n',
}
SYSTEM_EMULATOR = '''"""The emulator of @TITLE@, as it is published."""

from __future__ import annotations

from rolecall.emulators.spec import EmulatorSpec
from rolecall.plugins import Lazy

SPEC = EmulatorSpec(
    name="@NAME@",
    system=Lazy("rolecall.emulators.@NAME@.emulator", "@CLASS@Emulator"),
    address_variables=frozenset({"@CONSTANT@_URL"}),
    credential_variables=frozenset({"@CONSTANT@_TOKEN"}),
)
'''
COMMAND = '''"""`rolecall @NAME@`: TODO."""

from __future__ import annotations

from typing import Annotated

import typer

from rolecall.cli.options import ContractArgument, compiled_offline
from rolecall.console.output import Format


def @FUNCTION@(
    contract: ContractArgument = None,
    output: Annotated[Format, typer.Option("--format", "-f", help="How to write the result.")] = Format.TABLE,
) -> None:
    """TODO: one sentence for the list of commands."""
    from rolecall.console.output import SCHEMA_VERSION, out, print_json
    from rolecall.today import today

    compiled = compiled_offline(contract, today())
    if output is Format.JSON:
        # TODO: a document in rolecall/documents, and print_document.
        print_json({"schema_version": SCHEMA_VERSION, "organization": compiled.contract.organization})
        return
    out.print(compiled.contract.organization)
'''


def files_of(what: str, name: str) -> Mapping[str, str]:
    """Return the new files by path.

    Args:
        what: rule, kind, system or command.
        name: the name: kebab-case for a rule and a command, a word with underscores for a kind and a system.
    """
    module = name.replace("-", "_")
    if what == "rule":
        found = {f"policies/rules/{module}.py": RULE}
    elif what == "kind":
        found = {f"rolecall/kinds/{module}.py": KIND}
    elif what == "system":
        found = {f"rolecall/systems/{module}/{file}": text for file, text in SYSTEM.items()}
        found[f"rolecall/emulators/{module}/__init__.py"] = '"""The emulator of @TITLE@."""\n'
        found[f"rolecall/emulators/{module}/spec.py"] = SYSTEM_EMULATOR
    else:
        found = {f"rolecall/cli/{module}.py": COMMAND}
    return {path: _filled(text, name) for path, text in found.items()}


STEPS: Mapping[str, tuple[str, ...]] = {
    "rule": (
        "policies/rules: move the file to the folder of its area; `pack` names another pack than the guardrails",
        "make generate; make unit",
    ),
    "kind": (
        'rolecall/ids/verbs.py: add `@CONSTANT@ = "@FUNCTION@"` to `Kind`',
        "rolecall/kinds/registry.py: import it, and add `@CONSTANT@` to `KINDS`",
        "rolecall/emulators/databricks: add its routes",
        "stacks/every-kind/contract.yaml: add an object; tests/integration/test_every_kind.py: change one by hand",
        "make generate; make unit",
    ),
    "system": (
        "rolecall/entry_points.txt: add `@NAME@ = rolecall.systems.@NAME@.system:SPEC`, and the emulator's line",
        "rolecall/systems/@NAME@: add the other modules of docs/how-to/own-system.md",
        "pyproject.toml: add both packages to the `independence` contracts",
        "make generate; .venv/bin/python -m pytest tests/conformance",
    ),
    "command": (
        "rolecall/cli/main.py: import it, and add `app.command()(@FUNCTION@)`",
        "rolecall/cli/examples.py: add examples; rolecall/cli/results.py: add exit codes",
        "rolecall/documents: add its document",
        "make generate; make unit",
    ),
}
_NAMES = {"rule": r"[a-z]+(-[a-z]+)+", "kind": r"[a-z]+(_[a-z]+)*", "system": r"[a-z]+", "command": r"[a-z]+(-[a-z]+)*"}


def write(root: Path, what: str, name: str) -> list[Path]:
    """Write the files; return their paths.

    Raises:
        ValueError: the name has another form, or a file is there already.
    """
    if not re.fullmatch(_NAMES[what], name):
        raise ValueError(f"{name!r} is no name of a {what}: it has the form {_NAMES[what]}")
    files = {root / path: text for path, text in files_of(what, name).items()}
    there = [str(path.relative_to(root)) for path in files if path.exists()]
    if there:
        raise ValueError(f"{', '.join(there)} exists; nothing was written")
    for path, text in files.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return [*files]


def _filled(text: str, name: str) -> str:
    words = re.split("[-_]", name)
    values = {
        "NAME": name,
        "FUNCTION": "_".join(words),
        "CONSTANT": "_".join(words).upper(),
        "CLASS": "".join(word.capitalize() for word in words),
        "PROPERTY": words[0] + "".join(word.capitalize() for word in words[1:]),
        "SECTION": f"{'_'.join(words)}s",
        "TITLE": " ".join(words).capitalize(),
        "WORDS": " ".join(words),
    }
    return re.sub(r"@([A-Z]+)@", lambda match: values[match[1]], text)


def main(arguments: list[str]) -> int:
    """Write the files and print the next steps."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=STEPS)
    parser.add_argument("name")
    chosen = parser.parse_args(arguments)
    try:
        written = write(ROOT, chosen.what, chosen.name)
    except ValueError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    lines = [*(f"wrote {path.relative_to(ROOT)}" for path in written), "", "Next:"]
    lines += [f"  {_filled(step, chosen.name)}" for step in STEPS[chosen.what]]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
