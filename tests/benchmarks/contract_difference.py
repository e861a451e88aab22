"""The difference between two contracts of 10,000 grants for each of 1,000 people, as `rolecall diff` computes it.

`python -m tests.benchmarks.contract_difference` prints seconds of CPU and of the clock; docs/performance.md has them.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from resource import RUSAGE_CHILDREN, getrusage
from typing import Any

import yaml

from rolecall import __version__
from rolecall.attestations.statement import write_statement
from rolecall.contract.revision_digest import contract_digest
from rolecall.snapshots.snapshot import GroupRow, Snapshot
from rolecall.snapshots.taking import statement_of
from tests.benchmarks.contracts import generate
from tests.support.signing import key_files

# Projects of 25 jobs, on each of which the owner and nine of the groups have something.
JOBS, GROUPS, PEOPLE, BINDINGS = 1_000, 40, 1_000, 9
EACH = 50
# The projects in which one binding is other.
CHANGED = 10
ACCOUNT = "7c0ffee0-0000-4000-8000-000000000001"


def contract(*, later: bool = False, jobs: int = JOBS) -> str:
    """Return a contract of so many jobs; the later one has a group more in some projects, and one less in others."""
    content: dict[str, Any] = yaml.safe_load(generate(jobs))
    databricks = {"host": "https://accounts.cloud.databricks.com", "account_id": ACCOUNT}
    content["databricks"] = {**databricks, "deployer": "11111111-1111-4111-8111-111111111111"}
    content["workspaces"] = {"nonprod": {"host": "https://nonprod.cloud.databricks.com"}}
    content["groups"] |= {f"team-{number}": {"external": f"00g-{number}"} for number in range(GROUPS)}
    for number, project in enumerate(content["projects"].values()):
        named = [f"team-{(number * 7 + step * 11) % GROUPS}" for step in range(BINDINGS)]
        if later and number < CHANGED:
            named = [*named[1:], f"team-{(number + 5) % GROUPS}"] if number % 2 else named[1:]
        project["bindings"] = [{"role": "engineer", "to": "engineers", "in": ["dev"]}]
        project["bindings"] += [{"role": "viewer", "to": name, "in": ["dev"]} for name in dict.fromkeys(named)]
    return yaml.safe_dump(content, sort_keys=False)


def snapshot(before: Path) -> Snapshot:
    """Return a snapshot in which each group has 50 of the people."""
    groups = ["engineers", "analysts", "emergency", *(f"team-{number}" for number in range(GROUPS))]
    rows = [
        GroupRow(
            key=key,
            external="" if key == "emergency" else f"00g-{key.removeprefix('team-')}",
            account_id=str(number),
            account_name=key,
            people=tuple(sorted(f"person-{(number * 131 + one * 7) % PEOPLE}@example.com" for one in range(EACH))),
        )
        for number, key in enumerate(groups, 1)
    ]
    empty: Any = {"systems": (), "grants": (), "findings": (), "not_read": (), "stacks": ()}
    return Snapshot(
        taken_at=datetime.now(UTC).replace(microsecond=0),
        rolecall=__version__,
        organization="acme",
        account_id=ACCOUNT,
        contract=contract_digest(before),
        commit=None,
        environments=("dev",),
        groups=tuple(rows),
        hosts={},
        application_ids={},
        lookups="",
        variables={},
        **empty,
    )


def measure(folder: Path, jobs: int = JOBS) -> dict[str, float]:
    """Return the seconds of `rolecall diff` without and with people, of the clock and of CPU."""
    before, after, file = folder / "before.yaml", folder / "after.yaml", folder / "snapshot.json"
    before.write_text(contract(jobs=jobs))
    after.write_text(contract(later=True, jobs=jobs))
    keys = key_files(folder)
    write_statement(file, statement_of(snapshot(before)), keys.signing)
    found: dict[str, float] = {}
    for name, more in {"groups": [], "people": ["--snapshot", str(file), "--trusted-keys", str(keys.public)]}.items():
        command = [sys.executable, "-m", "rolecall", "diff", str(before), str(after), "--format", "json", *more]
        used, started = getrusage(RUSAGE_CHILDREN), time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 1, done.stderr
        found[f"{name}, s"] = time.perf_counter() - started
        now = getrusage(RUSAGE_CHILDREN)
        found[f"{name}, CPU s"] = now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime
        found[f"{name}, changes"] = done.stdout.count('"subject_type"')
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as temporary:
        for title, value in measure(Path(temporary), int(sys.argv[1]) if len(sys.argv) > 1 else JOBS).items():
            sys.stdout.write(f"{title:20} {value:,.2f}\n")
