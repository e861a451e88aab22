"""What a run is about to make in a new stack, recorded line by line before the engine starts.

The engine can write the whole state at every step, or once at its end. The first costs a new stack two fifths of its
creation; with the second, a run that is killed leaves nothing by which the next one knows what is there. So a new stack
is deployed with one write of its state, and with this: each resource is noted before it is registered, and where that
fails, it is not registered.

A create can fail although the service made the object: its answer was lost. The engine then keeps nothing of it, so the
journal keeps such creates after a run, of any stack; the next run looks for the objects and adopts them.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rolecall.engine.local_backend import folder_of, is_local
from rolecall.errors import StateUnreadable, StateUnwritable

PROVIDER = "pulumi:providers:"
# Makes the engine write the state once, at its end (pulumi/sdk, go/common/env).
ONE_WRITE = "PULUMI_SKIP_CHECKPOINTS"

Entry = Mapping[str, Any]


@dataclass(frozen=True)
class Noted:
    """The contents of a journal.

    Attributes:
        organization: whose contract was deployed.
        entries: the resources in the order in which they were registered, as a state has them.
    """

    organization: str
    entries: tuple[Entry, ...]

    def unfinished(self, known: set[str]) -> list[Entry]:
        """Return objects that may have been created and are in no state.

        Args:
            known: names of the resources that the state has.
        """
        return [
            {"type": "creating", "resource": entry}
            for entry in self.entries
            if entry["custom"] and not entry["type"].startswith(PROVIDER) and entry["urn"] not in known
        ]


class Journal:
    """The journal of one stack.

    Args:
        path: its file; None where state is no local file, and the engine writes it at every step.
        identifying: properties by which what was made is found again; no others are noted.
        checkpoints: the engine writes the state at every step, so nothing needs to be in the file before the run ends.
    """

    def __init__(self, path: Path | None, identifying: frozenset[str], *, checkpoints: bool = False) -> None:
        self._file, self.identifying, self._checkpoints = path, identifying, checkpoints or path is None
        self._organization = ""
        self._entries: list[Entry] = []
        self._lock = threading.Lock()
        self._failure: OSError | None = None

    @property
    def _path(self) -> Path:
        assert self._file is not None
        return self._file

    def begin(self, organization: str) -> None:
        """Start over.

        Raises:
            StateUnwritable: it cannot be written; nothing may be made then.
        """
        self._organization = organization
        if self._checkpoints:
            return
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._path.write_text(json.dumps({"organization": organization}) + "\n", encoding="utf-8")
        except OSError as error:
            # Half of it would say that a run was killed which has made nothing.
            with suppress(OSError):
                self._path.unlink(missing_ok=True)
            raise _unwritable(error) from error

    def end(self) -> None:
        """Remove it: the state has everything."""
        self._path.unlink(missing_ok=True)

    def entries_of(self, failed: Collection[tuple[str, str]]) -> list[Entry]:
        """Return the entries of resources that are given by type and name."""
        return [one for one in self._entries if (one["type"], str(one["urn"]).rpartition("::")[2]) in failed]

    def keep(self, failed: Collection[tuple[str, str]]) -> None:
        """Replace the journal with the creates that failed; remove it where there are none.

        Args:
            failed: types and names of these resources.

        Raises:
            StateUnwritable: it cannot be written; a journal that was there stays as it is.
        """
        kept = self.entries_of(failed)
        if not kept:
            self.end()
            return
        lines = [json.dumps(one) + "\n" for one in ({"organization": self._organization}, *kept)]
        new = self._path.with_name(f"{self._path.name}.new")
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            new.write_text("".join(lines), encoding="utf-8")
            os.replace(new, self._path)
        except OSError as error:
            with suppress(OSError):
                new.unlink(missing_ok=True)
            raise _unwritable(error) from error

    def note(self, entry: Entry) -> None:
        """Add a line.

        Raises:
            StateUnwritable: it cannot be written; nothing more may be made then.
        """
        line = json.dumps(entry) + "\n"
        with self._lock:
            # What follows a line that is not whole could not be read: it would be part of that line.
            if self._failure is not None:
                raise _unwritable(self._failure)
            self._entries.append(entry)
            if self._checkpoints:
                return
            try:
                with self._path.open("a", encoding="utf-8") as file:
                    file.write(line)
            except OSError as error:
                self._failure = error
                raise _unwritable(error) from error


def _unwritable(error: OSError) -> StateUnwritable:
    return StateUnwritable(
        f"what is created cannot be recorded: {error}",
        "Nothing more is made. Make room, or make the place writable, and run it again.",
    )


def file_of(backend: str, project: str, stack: str) -> Path | None:
    """Return where the journal of a stack is kept: beside the states; None where those are no local files.

    Args:
        backend: address of the backend, as PULUMI_BACKEND_URL has it.
        project: the project's name.
        stack: the stack's name.
    """
    if not is_local(backend):
        return None
    return folder_of(backend) / "rolecall" / project / f"{stack}.jsonl"


def read(path: Path) -> Noted | None:
    """Return the contents of a journal; None if it does not exist.

    A last line that is not whole was never registered.

    Raises:
        StateUnreadable: another line is broken; what was made then is not known.
    """
    try:
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StateUnreadable(f"the journal {path} cannot be read: {error}", "Make it readable.") from error
    entries = [_parsed(path, number, line) for number, line in enumerate(lines[:-1], 1)]
    return Noted(str(entries[0]["organization"]), tuple(entries[1:])) if entries else Noted("", ())


def _parsed(path: Path, number: int, line: bytes) -> dict[str, Any]:
    try:
        entry = json.loads(line)
        wanted = ("organization",) if number == 1 else ("urn", "type", "custom")
        if not isinstance(entry, dict) or any(key not in entry for key in wanted):
            raise ValueError("it is no entry")
    except (ValueError, RecursionError) as error:
        what = f"line {number} of the journal {path}, which notes what a run makes, is broken: {error}"
        how = (
            "A run that was killed may have made what this line named; no other line is lost. Look for it in the "
            "system (the lines around it show what is near), delete it there, remove the line, and run it again."
        )
        raise StateUnreadable(what, how) from error
    return entry


def foundations(entries: Sequence[Entry], known: set[str]) -> list[dict[str, Any]]:
    """Return what a state needs before anything can be imported into it: components and connections.

    Args:
        entries: what was noted.
        known: names of the resources that the state has.
    """
    identities = dict(str(entry["provider"]).rpartition("::")[::2] for entry in entries if entry.get("provider"))
    found: list[dict[str, Any]] = []
    for entry in entries:
        if entry["urn"] in known:
            continue
        one = {key: entry[key] for key in ("urn", "type", "custom", "parent") if key in entry}
        if entry["type"].startswith(PROVIDER):
            # A connection that nothing was made through yet is made again.
            if entry["urn"] in identities:
                found.append({**one, "id": identities[entry["urn"]], "inputs": entry["inputs"]})
        elif not entry["custom"]:
            found.append(one)
    return found
