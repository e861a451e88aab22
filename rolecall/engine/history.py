"""What the engine has done to each stack: its own records of updates.

A local backend keeps one file for each update; others answer `pulumi stack history --json` with the same fields
(pulumi/pkg, backend/diy/store.go; sdk/go/common/apitype/history.go).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from rolecall.engine.state import States
from rolecall.errors import StateUnreadable

SUFFIX = ".history.json"
SUCCEEDED = "succeeded"


@dataclass(frozen=True)
class Update:
    """A finished run of the engine on one stack.

    Attributes:
        stack: the stack.
        kind: update, destroy, refresh, import …
        at: when it began.
        result: succeeded, failed or in-progress.
        changes: the number of resources by operation.
        message: the message that it was started with.
        facts: what the engine has found out about Git and CI, by its names.
    """

    stack: str
    kind: str
    at: datetime
    result: str
    changes: Mapping[str, int]
    message: str = ""
    facts: Mapping[str, str] = field(default_factory=dict)


def updates_of(states: States, stack: str) -> list[Update]:
    """Return the updates of a stack, the latest first; a file that an engine has left half written is left out.

    Raises:
        StateUnreadable: the backend does not answer.
    """
    folder = states.folder
    rows = _from_files(folder, stack) if folder is not None else _from_backend(states, stack)
    found = [update for row in rows if (update := _update(stack, row)) is not None]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _from_files(folder: Path, stack: str) -> Iterator[Any]:
    history = folder.parents[1] / "history" / folder.name / stack
    for file in history.glob(f"*{SUFFIX}"):
        try:
            yield json.loads(file.read_bytes())
        except FileNotFoundError:
            continue
        except (OSError, ValueError):
            yield None


def _from_backend(states: States, stack: str) -> list[Any]:
    answer = states.pulumi("stack", "history", "--json", "--stack", stack)
    if answer.returncode:
        reason = answer.stderr.decode(errors="replace").strip()
        if "no stack named" in reason:
            return []
        what = f"the history of stack {stack} cannot be read: {reason}"
        raise StateUnreadable(what, "See whether the backend answers: `pulumi stack history`.")
    found = json.loads(answer.stdout or b"[]")
    return found if isinstance(found, list) else []


def _update(stack: str, row: Any) -> Update | None:
    if not isinstance(row, Mapping):
        return None
    try:
        began = row["startTime"]
        # Seconds since 1970 in files; RFC 3339 in what the command prints.
        at = datetime.fromtimestamp(began, UTC) if isinstance(began, int) else datetime.fromisoformat(str(began))
        changes = {str(name): int(number) for name, number in (row.get("resourceChanges") or {}).items()}
        facts = {str(name): str(value) for name, value in (row.get("environment") or {}).items()}
        return Update(stack, str(row["kind"]), at, str(row["result"]), changes, str(row.get("message") or ""), facts)
    except (KeyError, TypeError, ValueError, OverflowError, AttributeError):
        return None
