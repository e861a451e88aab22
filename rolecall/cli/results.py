"""What the exit codes of each command mean; `--help` and docs/commands.md show it.

Codes that every command has are in `EVERY`; `rolecall.errors.EXIT_CODES` has the meaning of each code. A command of its
own meaning has it within that of the code.
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.errors import ExitCode

DONE, FOUND, INVALID, UNREACHABLE = ExitCode.FINE, ExitCode.FINDINGS, ExitCode.INVALID, ExitCode.UNREACHABLE
CHANGES, FAILED = ExitCode.CHANGES, ExitCode.FAILED

Results = Mapping[ExitCode, str]

EVERY: Results = {
    INVALID: "the contract is invalid, or wrong usage",
    UNREACHABLE: "a file cannot be read or written",
    ExitCode.DEFECT: "unexpected error",
    ExitCode.INTERRUPTED: "interrupted",
    ExitCode.OUTPUT_CLOSED: "standard output was closed",
}
_ANSWERED: Results = {DONE: "the question is answered"}
_WRITTEN: Results = {DONE: "it is written"}
_READ = {UNREACHABLE: "a system, a state or a file cannot be read"}
_DEPLOYS: Results = {
    FOUND: "a rule or a guard refuses the change",
    UNREACHABLE: "a system or a state cannot be reached",
    FAILED: "the engine or a system ends with an error",
}
RESULTS: Mapping[str, Results] = {
    "check": {DONE: "the contract is valid"},
    "init": _WRITTEN,
    "grants": _ANSWERED,
    "identities": {DONE: "each workload has identities of its own", FOUND: "an identity is missing or shared"},
    "manifests": _WRITTEN,
    "mesh": {DONE: "the cluster admits whom the contract names", FOUND: "something differs, or is unknown"},
    "refusals": {
        DONE: "enforcing would have refused nothing",
        FOUND: "it would have refused something, or it is unknown",
    },
    "escalations": _ANSWERED,
    "who-can": {**_ANSWERED, **_READ},
    "what-can": {**_ANSWERED, **_READ},
    "path": {**_ANSWERED, **_READ},
    "blast-radius": {**_ANSWERED, **_READ},
    "what-if": {DONE: "`check` would accept the change", FOUND: "`check` would refuse the change"},
    "expiring": _ANSWERED,
    "diff": {
        DONE: "access is equal",
        FOUND: "access differs",
        UNREACHABLE: "live access could not be read as a whole (`--live`), or a snapshot not be trusted",
    },
    "review": {
        DONE: "access stays as it is",
        FOUND: "a rule or a guard would refuse the deployment (`--preview`)",
        CHANGES: "access changes, and nothing refuses it",
        UNREACHABLE: "a system or the platform cannot be reached, or a snapshot not be trusted",
        FAILED: "the preview ends with an error (`--preview`)",
    },
    "snapshot": {DONE: "it is written", UNREACHABLE: "a system cannot be read, which the snapshot records"},
    "verify": {DONE: "it is as it was signed", UNREACHABLE: "it is altered, not trusted, or about something else"},
    "preview": {
        DONE: "the deployment would succeed",
        **_DEPLOYS,
        CHANGES: "something would change (`--detailed-exitcode`)",
    },
    "up": {
        DONE: "everything is deployed",
        **_DEPLOYS,
        FOUND: "a rule or a guard refuses the change, or it is not what was reviewed or planned",
        UNREACHABLE: "a system or a state cannot be reached, or a plan or review not be trusted",
    },
    "destroy": {DONE: "everything is removed", **_DEPLOYS},
    "history": {**_ANSWERED, **_READ},
    "summary": {**_ANSWERED, **_READ},
    "parity": {
        DONE: "every system equals the contract",
        FOUND: "something differs, or is unmanaged",
        UNREACHABLE: "something could not be read, and is unknown",
        FAILED: "a system rejects a request",
    },
    "report": {
        DONE: "it is written, without a finding",
        FOUND: "it is written, with findings",
        UNREACHABLE: "it is written, and something could not be read (`--live`), or it cannot be written",
        FAILED: "a system rejects a request",
    },
    "policy list": _ANSWERED,
    "policy explain": _ANSWERED,
    "policy path": _WRITTEN,
    "policy test": {DONE: "no mandatory rule is violated", FOUND: "a mandatory rule is violated"},
    "worker conductor": {DONE: "stopped", **_READ, FAILED: "a system rejects a request"},
    "worker prefect": {DONE: "stopped", **_READ, FAILED: "a system rejects a request"},
    "worker run": {
        DONE: "the job succeeded",
        UNREACHABLE: "the workspace cannot be reached",
        FAILED: "the job did not succeed",
    },
    "explain": _ANSWERED,
    "schema": _WRITTEN,
    "doctor": {DONE: "every tool is there", FOUND: "a tool is missing or of another version"},
    "env": _WRITTEN,
    "local up": {DONE: "the emulators run"},
    "local status": {DONE: "the emulators run", FOUND: "the emulators do not run"},
    "local down": {DONE: "the emulators do not run"},
    "local reset": {DONE: "the emulators have their first state"},
    "demo": {DONE: "every step succeeded", FAILED: "a step failed"},
}


def results_of(command: str) -> Results:
    """Return the exit codes of a command with their meanings, in ascending order."""
    return dict(sorted({**EVERY, **RESULTS[command]}.items()))
