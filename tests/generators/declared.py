"""Digests of the examples' declarations by contract and stack, with the format number they belong to."""

from __future__ import annotations

import hashlib
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from rolecall.compiled import compile_file
from rolecall.slices import part
from rolecall.slices.slice import layers_of
from tests.conftest import ROOT
from tests.support.contracts import TODAY, VARIABLES
from tests.support.declared import Numbering, declared, everything_deployed

CONTRACTS = (
    "stacks/acme/contract.yaml",
    "stacks/acme/contract-entra.yaml",
    "stacks/every-kind/contract.yaml",
    "stacks/services/contract.yaml",
)
RECORDED = ROOT / "tests" / "fixtures" / "declared.json"
_STACK = re.compile("urn:pulumi:[^:]*::[^:]*::")
RAISE = "What is declared has changed: raise FORMAT in rolecall/slices/part.py, then run `make generate`."


def digests(contract: str) -> dict[str, str]:
    """Return a digest of the registration requests of each stack of a contract."""
    compiled = compile_file(ROOT / contract, TODAY, {**VARIABLES, "LAB_HOST": "https://127.0.0.1:9"})
    stacks = [one.stack for layer in layers_of(compiled.contract) for one in layer]
    found = everything_deployed(compiled.contract)
    # The SDK names the first stack of a process otherwise: its settings are not there yet. It is declared twice.
    declared(compiled, stacks[0], found, Numbering())
    return {stack: _digest(declared(compiled, stack, found, Numbering()).requests) for stack in stacks}


def _digest(requests: list[dict[str, Any]]) -> str:
    """Return what changes with the requests, whatever their order."""
    # Mocks tell the program its stack and project or not, depending on what ran before in the process.
    lines = sorted(
        _STACK.sub("urn:pulumi:stack::project::", json.dumps(_in_order(one), sort_keys=True)) for one in requests
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()[:16]


def _in_order(request: dict[str, Any]) -> dict[str, Any]:
    dependencies = {name: sorted(one.get("urns", [])) for name, one in request.get("propertyDependencies", {}).items()}
    return {
        **request,
        "dependencies": sorted(request.get("dependencies", [])),
        "propertyDependencies": dependencies,
    }


def recorded() -> Mapping[str, Any]:
    """Return what was written last."""
    found: dict[str, Any] = json.loads(RECORDED.read_text(encoding="utf-8"))
    return found


def main() -> None:
    """Replace it, for a format that was raised."""
    found = {contract: digests(contract) for contract in CONTRACTS}
    if RECORDED.exists():
        before = recorded()
        if before["format"] == part.FORMAT and any(
            before["declared"].get(contract, {}).get(stack, digest) != digest
            for contract, stacks in found.items()
            for stack, digest in stacks.items()
        ):
            sys.exit(RAISE)
    RECORDED.write_text(json.dumps({"format": part.FORMAT, "declared": found}, indent=1) + "\n", encoding="utf-8")
