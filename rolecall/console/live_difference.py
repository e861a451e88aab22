"""The difference between a contract and live access, in any number of steps, for groups, principals and people."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rolecall.access.graph.comparison import Verdict, compare_graphs, verdicts
from rolecall.access.graph.graph import build
from rolecall.access.graph.powers import powers_of
from rolecall.console.contract_difference import row_of, witness_of, write_difference
from rolecall.console.output import SCHEMA_VERSION, DifferenceFormat
from rolecall.errors import ExitCode
from rolecall.parity.compare import compare
from rolecall.parity.live_access import LiveAccess, live_access
from rolecall.systems.registry import SYSTEMS

if TYPE_CHECKING:
    from rolecall.compiled import CompiledContract
    from rolecall.documents.access import ContractDifferences

CONTRACT, LIVE = "the contract", "live access"
UNKNOWN = "unknown"


def show_live_difference(compiled: CompiledContract, output: DifferenceFormat) -> int:
    """Read every system, write who can do more or less than the contract grants, and return the exit code."""
    report = live_document(compiled, live_access(compare(compiled, [*compiled.contract.environments], SYSTEMS)))
    write_difference(report, output)
    return exit_code_of(report)


def live_document(compiled: CompiledContract, seen: LiveAccess) -> ContractDifferences:
    """Return how live access differs from a contract: gains are live grants that the contract does not have.

    Args:
        compiled: the contract.
        seen: the live access; where a part of it could not be read, nothing is equivalent.
    """
    powers = powers_of(compiled.contract, compiled.loaded.places)
    declared = build(powers, compiled.access, seen.members)
    live = build(powers, seen.access, seen.members, compiled.access, seen.steps)
    changes = compare_graphs((declared, compiled.compilation), (live, compiled.compilation), compiled.contract)
    unknown = [*seen.unknown, *seen.unplaced]
    found = verdicts(changes, [*compiled.contract.environments])
    return {
        "schema_version": SCHEMA_VERSION,
        "unknown": unknown,
        "before": CONTRACT,
        "after": LIVE,
        "verdicts": [
            {
                "environment": name,
                "verdict": UNKNOWN if unknown and verdict is Verdict.EQUIVALENT else str(verdict),
                "remark": None,
                "witness": witness_of(changes, name),
            }
            for name, verdict in found.items()
        ],
        "changes": [row_of(one) for one in changes],
        "new_escalations": [],
        "ended_escalations": [],
    }


def exit_code_of(report: ContractDifferences) -> int:
    """Return the exit code: unread access is no difference, and not equal either."""
    if report["unknown"]:
        return ExitCode.UNREACHABLE
    return ExitCode.FINDINGS if report["changes"] else ExitCode.FINE
