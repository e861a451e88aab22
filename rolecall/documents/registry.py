"""The document and the JSON Schema of each command."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from rolecall.documents.access import ContractDifferences, Differences, Escalations, Grants, Identities
from rolecall.documents.check import CheckResult
from rolecall.documents.deployment import Stacks, Verified
from rolecall.documents.history import History, Summary
from rolecall.documents.kubernetes import Manifests, MeshComparison, Refusals
from rolecall.documents.machine import Doctor, Variables
from rolecall.documents.parity import Parity
from rolecall.documents.policies import ExplainedRule, Rules, Violations
from rolecall.documents.problems import Explained
from rolecall.documents.questions import Answers, Effects, Expiring
from rolecall.errors import UsageError

FOLDER = Path(__file__).parents[1] / "schemas"

AnyDocument = (
    Answers
    | CheckResult
    | ContractDifferences
    | Differences
    | Doctor
    | Effects
    | Escalations
    | Expiring
    | Explained
    | ExplainedRule
    | Grants
    | Manifests
    | MeshComparison
    | Identities
    | History
    | Parity
    | Refusals
    | Rules
    | Stacks
    | Summary
    | Variables
    | Verified
    | Violations
)
# The document of each command.
DOCUMENTS: Mapping[str, Any] = {
    "blast-radius": Answers,
    "check": CheckResult,
    "destroy": Stacks,
    "diff": Differences | ContractDifferences,
    "doctor": Doctor,
    "env": Variables,
    "escalations": Escalations,
    "expiring": Expiring,
    "explain": Explained,
    "grants": Grants,
    "identities": Identities,
    "manifests": Manifests,
    "mesh": MeshComparison,
    "history": History,
    "parity": Parity,
    "path": Answers,
    "policy explain": ExplainedRule,
    "policy list": Rules,
    "policy test": Violations,
    "preview": Stacks,
    "refusals": Refusals,
    "summary": Summary,
    "up": Stacks,
    "verify": Verified,
    "what-can": Answers,
    "what-if": Effects,
    "who-can": Answers,
}


def file_name(command: str) -> str:
    """Return the name of a command's schema in `FOLDER`."""
    return f"{command.replace(' ', '-')}.json"


def schema_of(command: str) -> dict[str, Any]:
    """Return the JSON Schema of the document that a command writes.

    Raises:
        UsageError: the command writes no JSON document.
    """
    if command not in DOCUMENTS:
        raise UsageError(f"{command!r} writes no JSON document", f"These do: {', '.join(DOCUMENTS)}.")
    schema: dict[str, Any] = json.loads((FOLDER / file_name(command)).read_text(encoding="utf-8"))
    return schema
