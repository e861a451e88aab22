"""Examples for the help of each command, which also lists its exit codes."""

from __future__ import annotations

from collections.abc import Mapping

import typer

from rolecall.cli.results import results_of

_RUN = (
    "rolecall worker run --workspace https://adb-1.2.azuredatabricks.net --job-id 77 --correlation-id 4711"
    " --principal prod-churn-trainer"
)
EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "check": (
        "rolecall check",
        "rolecall check contract/contract.yaml --strict",
        "rolecall check --changed contract/projects/churn.yaml --format json",
        "rolecall check --format github",
        "rolecall check -",
    ),
    "init": (
        "rolecall init",
        "rolecall init access --organization acme --identity-provider entra --orchestrator prefect --ci gitlab",
        "rolecall init access --ci azure-devops",
    ),
    "grants": (
        "rolecall grants --subject fraud-analysts",
        "rolecall grants --object churn/train --environment prod --all",
        "rolecall grants --kind job --by object --format csv",
    ),
    "escalations": ("rolecall escalations", "rolecall escalations --environment prod --format json"),
    "who-can": (
        "rolecall who-can edit churn/train --environment prod",
        "rolecall who-can view dataset:fraud/transactions --format json",
        "rolecall who-can approve job:forecasting/release --format mermaid",
    ),
    "what-can": (
        "rolecall what-can fraud-engineers",
        "rolecall what-can ada@acme.example --live --environment prod",
        "rolecall what-can churn/trainer --environment dev --format csv",
    ),
    "path": (
        "rolecall path churn-engineers churn/trainer",
        "rolecall path machine-learning dataset:fraud/transactions --format dot",
    ),
    "blast-radius": (
        "rolecall blast-radius fraud/scorer --environment prod",
        "rolecall blast-radius github.com/acme/churn --format opengraph",
    ),
    "what-if": (
        "rolecall what-if --remove-group fraud-engineers",
        "rolecall what-if --add-binding role=engineer,to=churn-engineers,in=staging+prod,project=churn --format json",
    ),
    "expiring": ("rolecall expiring", "rolecall expiring --within 2w --format json"),
    "explain": ("rolecall explain unknown-group", "rolecall explain job-has-timeout --format json"),
    "diff": (
        "rolecall diff main..HEAD --format markdown",
        "rolecall diff main",
        "rolecall diff --environments dev..prod",
        "rolecall diff --live --format json",
        "rolecall diff main --snapshot snapshot.json",
        "rolecall diff --environments staging..prod --format json",
    ),
    "review": (
        "rolecall review main..HEAD",
        "rolecall review main --preview",
        "rolecall review HEAD^1..HEAD --post",
        "rolecall review main..HEAD --snapshot snapshot.json --max-age 12h",
        "rolecall review main --preview --out reviewed.json",
        "rolecall review HEAD^1..HEAD --post --format sarif",
    ),
    "snapshot": ("rolecall snapshot snapshot.json", "rolecall snapshot snapshot.json --signing-key signing.pem"),
    "verify": (
        "rolecall verify reviewed.json --trusted-keys trusted.pem",
        "rolecall verify reviewed.json --contract contract/contract.yaml --format json",
    ),
    "preview": (
        "rolecall preview",
        "rolecall preview dev --refresh",
        "rolecall preview --diff --verbose",
        "rolecall preview --save-plan plan.json",
        "rolecall preview --policy-pack rolecall:guardrails --format sarif",
    ),
    "up": (
        "rolecall up",
        "rolecall up prod --refresh",
        "rolecall up plan.json",
        "rolecall up --yes --reviewed reviewed.json",
        "rolecall up --yes --format json",
    ),
    "destroy": ("rolecall destroy dev", "rolecall destroy prod.churn --yes"),
    "history": ("rolecall history", "rolecall history prod --limit 5", "rolecall history --format json"),
    "summary": ("rolecall summary", "rolecall summary --format json"),
    "parity": ("rolecall parity", "rolecall parity --environment prod --format json"),
    "report": (
        "rolecall report --out report.html",
        "rolecall report --out report.html --live",
        "rolecall report --out prod.html --live --environment prod",
        "rolecall report contract/contract.yaml --out evidence/access.html",
    ),
    "schema": ("rolecall schema", "rolecall schema parity", "rolecall schema emulators"),
    "doctor": (
        "rolecall doctor",
        "rolecall doctor --install",
        "rolecall doctor --install --with kubernetes",
        "rolecall doctor --json",
    ),
    "manifests": (
        "rolecall manifests --environment prod",
        "rolecall manifests --environment prod --project fraud --format json",
        "rolecall manifests --environment prod --admission",
    ),
    "refusals": (
        "rolecall refusals metrics.txt --environment prod",
        "rolecall refusals metrics.txt --environment prod --format json",
    ),
    "mesh": (
        "rolecall mesh lists/*.json --environment prod",
        "rolecall mesh lists/*.json --environment prod --no-gateway-api --format json",
    ),
    "identities": (
        "rolecall identities",
        "rolecall identities --environment prod --format mermaid",
        "rolecall identities --format json",
    ),
    "env": ("rolecall env", "rolecall env --json"),
    "demo": ("rolecall demo", "rolecall demo --identity-provider entra"),
    "policy list": ("rolecall policy list", "rolecall policy list --pack guardrails --framework 'SOC 2'"),
    "policy explain": ("rolecall policy explain no-long-lived-credentials",),
    "policy path": ("rolecall policy path rolecall:guardrails",),
    "policy test": (
        "rolecall policy test preview.json",
        "rolecall policy test state.json --pack guardrails --format junit",
    ),
    "worker conductor": (
        "rolecall worker conductor --principal prod-churn-trainer --workspace https://adb-1.2.azuredatabricks.net",
    ),
    "worker prefect": (
        "rolecall worker prefect --principal prod-churn-trainer --workspace https://adb-1.2.azuredatabricks.net",
    ),
    "worker run": (_RUN,),
    "local up": ("rolecall local up",),
    "local down": ("rolecall local down",),
    "local status": ("rolecall local status",),
    "local reset": ("rolecall local reset",),
}
TITLE = "Examples:"
CODES = "Exit codes:"


def add_examples(app: typer.Typer, before: str = "") -> None:
    """Add examples and exit codes to the end of each command's help.

    Args:
        app: the application.
        before: prefix of its commands' names, with a trailing space.
    """
    for group in app.registered_groups:
        if group.typer_instance is not None:
            add_examples(group.typer_instance, f"{before}{group.name} ")
    for command in app.registered_commands:
        name = f"{before}{command.name or (command.callback.__name__ if command.callback else '')}"
        examples = (f"  {one}" for one in EXAMPLES[name])
        codes = ", ".join(f"{code:d} {meaning}" for code, meaning in results_of(name).items())
        # Paragraphs: lines of one paragraph are joined.
        command.epilog = "\n\n".join([TITLE, *examples, f"{CODES} {codes}."])
