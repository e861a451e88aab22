"""What Rolecall's own programs declare passes the guardrails: every stack of the example contracts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import NAMESPACE_OID, uuid5
from zlib import crc32

import pytest
from pulumi.runtime import mocks

from rolecall.compiled import CompiledContract, compile_file
from rolecall.contract import load_contract
from rolecall.policies.catalogue import PACKS
from rolecall.policies.context import context_of_contract
from rolecall.policies.judging import judge
from rolecall.policies.properties import Properties
from rolecall.policies.rule import Provider, Resource
from rolecall.provider.registry import RESOURCES
from rolecall.slices.slice import layers_of
from tests.conftest import ROOT
from tests.support.contracts import TODAY, VARIABLES
from tests.support.declared import Recorder, declared, everything_deployed

CONTRACTS = {
    "okta": ROOT / "stacks" / "acme" / "contract.yaml",
    "entra": ROOT / "stacks" / "acme" / "contract-entra.yaml",
    "every-kind": ROOT / "stacks" / "every-kind" / "contract.yaml",
}
MORE = {**VARIABLES, "LAB_HOST": "https://127.0.0.1:9"}


class _Kept(Recorder):
    """Keeps each resource with its provider."""

    def __init__(self) -> None:
        super().__init__()
        self.kept: list[tuple[str, str, dict[str, Any], str]] = []

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str | None, dict[str, Any]]:
        self.kept.append((args.typ, args.name, dict(args.inputs), args.provider or ""))
        _, outputs = super().new_resource(args)
        known = {**outputs, "workspaceUrl": f"https://{args.name}.cloud.databricks.com"}
        known["applicationId"] = _application_id(args.name, args.typ)
        return str(crc32(f"{args.typ}{args.name}".encode())), known

    def call(self, args: mocks.MockCallArgs) -> tuple[dict[str, Any], list[tuple[str, str]] | None]:
        return {"members": []}, []


def resources_of(contract: CompiledContract, stack: str) -> list[Resource]:
    """Return what a stack declares."""
    recorder = _Kept()
    declared(contract, stack, everything_deployed(contract.contract), recorder)
    connections = {
        (kind, name): Properties(values)
        for kind, name, values, _ in recorder.kept
        if kind.startswith("pulumi:providers:")
    }
    found = []
    for kind, name, values, reference in recorder.kept:
        provider = None
        if reference:
            *_, chain, called, _ = reference.split("::")
            through = chain.rpartition("$")[2]
            provider = Provider(through, called, connections[through, called])
        if kind in RESOURCES and provider is not None:
            # The engine asks after the provider has filled in what was left out.
            values = RESOURCES[kind].model.model_validate(values).properties()
        found.append(Resource(kind, name, stack, Properties(values), values, provider=provider))
    return found


def _application_id(project: str, key: str) -> str:
    return str(uuid5(NAMESPACE_OID, f"{project}{key}"))


@pytest.mark.parametrize("name", CONTRACTS)
def test_every_stack_of_the_examples_passes(name: str) -> None:
    compiled = compile_file(CONTRACTS[name], TODAY, MORE)
    context = replace(context_of_contract(load_contract(CONTRACTS[name], MORE)), own_program=True)
    judged = 0
    for one in (part for layer in layers_of(compiled.contract) for part in layer):
        resources = resources_of(compiled, one.stack)
        judged += len(resources)
        found = judge(resources, {"guardrails": PACKS["guardrails"]}, lambda stack: context, {})
        assert [f"{wrong.rule}: {wrong.message}" for wrong in found] == [], one
    assert judged > 100
