"""Creates the state of a new stack in a local folder, without an engine process.

`pulumi stack select --create` derives a key from the passphrase (PBKDF2 with a million rounds) to write a salt, and the
engine that runs the stack derives it again. What is written here is a state with nothing in it, as `pulumi stack
import` writes it, with the salt that the project's other stacks have.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path

from rolecall.engine.durable import sync_folder, write_synced

# Variables of the engine that change where or how states are written (pulumi/sdk, go/common/env).
OTHER_LAYOUTS = (
    "PULUMI_DIY_BACKEND_LEGACY_LAYOUT",
    "PULUMI_SELF_MANAGED_STATE_LEGACY_LAYOUT",
    "PULUMI_DIY_BACKEND_GZIP",
    "PULUMI_SELF_MANAGED_STATE_GZIP",
    "PULUMI_DIY_BACKEND_ZSTD",
)
META, LAYOUT = "meta.yaml", "version: 1\n"
VERSION = 3
SECRETS_PROVIDER = "passphrase"
# The engine that a state's manifest names, and by whose digest it sees that the manifest is one (`magic`).
ENGINE = f"v{version('pulumi')}"


def create_stack(
    pulumi: Path, project: str, stack: str, environment: Mapping[str, str], salt: str | None = None
) -> bool:
    """Create a stack with nothing in it; one that is there stays as it is.

    What is written is on the disk when this returns.

    Args:
        pulumi: the backend's folder `.pulumi`.
        project: the project's name.
        stack: the stack's name.
        environment: the engine's environment.
        salt: of the passphrase, as `passphrase.new_salt` returns it; without one the engine makes it.

    Returns:
        False where the backend has another layout, so that only the engine can create a stack in it.

    Raises:
        OSError: it cannot be written.
    """
    if any(environment.get(name) for name in OTHER_LAYOUTS) or not has_layout(pulumi):
        return False
    folder = pulumi / "stacks" / project
    folder.mkdir(parents=True, exist_ok=True)
    latest: dict[str, object] = {"manifest": new_manifest(), "metadata": {}}
    if salt:
        latest["secrets_providers"] = {"type": SECRETS_PROVIDER, "state": {"salt": salt}}
    checkpoint = {"stack": f"organization/{project}/{stack}", "latest": latest}
    state = {"version": VERSION, "checkpoint": checkpoint}
    _write_new(folder / f"{stack}.json", json.dumps(state))
    return True


def new_manifest() -> dict[str, str]:
    """Return the manifest of a state that is written now: the engine refuses a state without one."""
    return {
        "time": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
        "magic": hashlib.sha256(ENGINE.encode()).hexdigest(),
        "version": ENGINE,
    }


def has_layout(pulumi: Path) -> bool:
    """Return whether a backend stores states by project; a new backend gets that layout.

    Args:
        pulumi: the backend's folder `.pulumi`.
    """
    try:
        return (pulumi / META).read_text(encoding="utf-8") == LAYOUT
    except FileNotFoundError:
        pass
    if any((pulumi / "stacks").glob("*.json*")):
        # States of engines before 3.61, which kept them without the project's name.
        return False
    pulumi.mkdir(parents=True, exist_ok=True)
    _write_new(pulumi / META, LAYOUT)
    return True


def _write_new(file: Path, text: str) -> None:
    """Write a file whole, unless it is there."""
    fresh = file.with_name(f".{file.name}.{uuid.uuid4().hex}")
    try:
        write_synced(fresh, text)
        # Unlike a rename, a link never takes another file's place.
        with suppress(FileExistsError):
            os.link(fresh, file)
    finally:
        fresh.unlink(missing_ok=True)
    sync_folder(file.parent)
