"""A whole parity run: grants, groups, declared properties and what the contract does not name, each read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import replace

from rolecall.access.observation import System
from rolecall.compiled import CompiledContract
from rolecall.engine.provider_reads import ProviderReads, provider_program
from rolecall.engine.state import States
from rolecall.errors import RolecallError, ToolchainError
from rolecall.parity.compare import compare
from rolecall.parity.declared import Declared, compare_declared, without_repetitions
from rolecall.parity.leftovers import with_leftovers
from rolecall.parity.report import Finding, FindingKind, Report
from rolecall.systems.databricks.account_address import ACCOUNT, AccountAddress
from rolecall.systems.databricks.client import account_reader, shared_reads
from rolecall.systems.databricks.hosts import all_workspace_hosts
from rolecall.toolchain.install import Toolchain, forced_way, installed

RATE_LIMIT, REQUESTS_PER_SECOND = "DATABRICKS_RATE_LIMIT", "50"
NO_PROJECT = "declared settings: there is no Pulumi project here, so that nothing says what was declared"


def full_report(
    compiled: CompiledContract,
    environments: Sequence[str],
    systems: Sequence[System],
    states: States | None,
    only: list[str] | None,
    variables: Mapping[str, str],
) -> Report:
    """Compare everything that the contract declares with what is live.

    Args:
        compiled: the contract.
        environments: the environments to compare.
        systems: the systems to read.
        states: the states of the project's stacks; None outside of a project.
        only: the environments that were asked for; None for all, those included that the contract lacks.
        variables: environment variables of the providers.
    """
    with shared_reads() as calls, ThreadPoolExecutor(1) as beside:
        declared = beside.submit(_declared, compiled, environments, states, variables) if states is not None else None
        report = compare(compiled, environments, systems)
        if declared is None or states is None:
            return replace(report, not_read=(*report.not_read, NO_PROJECT))
        more = declared.result()
        report = replace(
            report,
            systems=tuple(
                replace(one, calls=calls()) if one.name == "databricks" and not one.failure else one
                for one in report.systems
            ),
            findings=(*report.findings, *without_repetitions(more.findings, report.findings, compiled.access)),
            not_read=(*report.not_read, *more.not_compared),
            resources=more.compared,
        )
        return with_leftovers(report, compiled.contract, states, only)


def _declared(
    compiled: CompiledContract, environments: Sequence[str], states: States, variables: Mapping[str, str]
) -> Declared:
    contract = compiled.contract
    databricks = contract.databricks
    try:
        ACCOUNT.use(AccountAddress(databricks.host, databricks.account_id), admits=lambda _host: True)
        hosts = all_workspace_hosts(contract, account_reader(databricks.host, databricks.account_id))
        toolchain = _toolchain()
        with ExitStack() as opened:
            reads = None
            if toolchain is not None and provider_program(toolchain) is not None:
                environment = {RATE_LIMIT: REQUESTS_PER_SECOND, **variables}
                provider = ProviderReads(toolchain, environment, [databricks.host, *hosts.values()])
                reads = opened.enter_context(provider)
            return compare_declared(compiled, states, environments, reads, hosts)
    except RolecallError as error:
        # Whatever could not be read is unknown, never equal.
        reason = f"{error.what}. {error.how_to_go_on}".strip()
        return Declared(
            [Finding("databricks", FindingKind.UNKNOWN, None, "", "", reason, resource="declared settings")]
        )


def _toolchain() -> Toolchain | None:
    try:
        return installed(forced_way())
    except ToolchainError:
        return None
