"""A complete parity run: grants, groups, declared properties and unmanaged access, each read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from rolecall.access.observation import PLATFORM, System
from rolecall.compiled import CompiledContract
from rolecall.engine.provider_reads import ProviderReads, provider_program
from rolecall.engine.state import States
from rolecall.errors import RolecallError, ToolchainError
from rolecall.parity.compare import compare
from rolecall.parity.declared import Declared, compare_declared, without_repetitions
from rolecall.parity.invariants import with_invariants
from rolecall.parity.leftovers import Leftovers
from rolecall.parity.report import Finding, FindingKind, Report
from rolecall.systems.databricks.account_address import ACCOUNT, AccountAddress
from rolecall.systems.databricks.client import shared_reads
from rolecall.systems.databricks.given_account import reader_of_account
from rolecall.systems.databricks.hosts import all_workspace_hosts
from rolecall.systems.kubernetes.client import shared_lists
from rolecall.toolchain.install import Toolchain, forced_way, installed

RATE_LIMIT, REQUESTS_PER_SECOND = "DATABRICKS_RATE_LIMIT", "50"
NO_PROJECT = "declared settings: this folder has no Pulumi project, so there is no state to compare with"


def full_report(
    compiled: CompiledContract,
    environments: Sequence[str],
    systems: Sequence[System],
    states: States | None,
    only: list[str] | None,
    variables: Mapping[str, str],
) -> Report:
    """Compare everything that the contract declares with the live systems.

    Args:
        compiled: the contract.
        environments: the environments to compare.
        systems: the systems to read.
        states: the states of the project's stacks; None outside a project.
        only: the requested environments; None for all, including those that the contract no longer has.
        variables: environment variables of the providers.
    """
    with shared_reads() as calls, shared_lists(), ThreadPoolExecutor(1) as background:
        leftovers = Leftovers(compiled.contract, only)
        pending = (
            background.submit(_declared, compiled, environments, states, variables, leftovers)
            if states is not None
            else None
        )
        report = with_invariants(compare(compiled, environments, systems), compiled, environments)
        if pending is None or states is None:
            return replace(report, not_read=(*report.not_read, NO_PROJECT))
        declared = pending.result()
        unrepeated = without_repetitions(declared.findings, report.findings, compiled.access)
        return replace(
            report,
            systems=tuple(
                replace(summary, calls=calls()) if summary.name == PLATFORM and not summary.failure else summary
                for summary in report.systems
            ),
            findings=(*report.findings, *unrepeated, *leftovers.findings(states)),
            not_read=(*report.not_read, *declared.not_compared),
            resources=declared.compared,
        )


def _declared(
    compiled: CompiledContract,
    environments: Sequence[str],
    states: States,
    variables: Mapping[str, str],
    leftovers: Leftovers,
) -> Declared:
    contract = compiled.contract
    databricks = contract.databricks
    try:
        ACCOUNT.use(AccountAddress(databricks.host, databricks.account_id), admits=lambda _host: True)
        hosts = all_workspace_hosts(contract, reader_of_account(contract))
        toolchain = _toolchain()
        with ExitStack() as opened:
            reads = None
            if toolchain is not None and provider_program(toolchain) is not None:
                environment = {RATE_LIMIT: REQUESTS_PER_SECOND, **variables}
                provider = ProviderReads(toolchain, environment, [databricks.host, *hosts.values()])
                reads = opened.enter_context(provider)
            return compare_declared(compiled, states, environments, reads, hosts, leftovers.look)
    except RolecallError as error:
        # A failed read is unknown, never equal.
        reason = f"{error.what}. {error.how_to_go_on}".strip()
        return Declared([Finding(PLATFORM, FindingKind.UNKNOWN, None, "", "", reason, resource="declared settings")])


def _toolchain() -> Toolchain | None:
    try:
        return installed(forced_way())
    except ToolchainError:
        return None
