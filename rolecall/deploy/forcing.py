"""Lets the engine delete schemas and catalogs that are not empty, where an entry of `deletions` says `with_data`."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Collection
from pathlib import Path

from rolecall.engine.run import Engine
from rolecall.systems.databricks.contents import CATALOG, SCHEMA

# Read from the state when the object is deleted:
# https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/schema#force_destroy
FORCE = "forceDestroy"
FORCED_TYPES = (SCHEMA, CATALOG)


def force_deletion(engine: Engine, stack: str, urns: Collection[str]) -> None:
    """Note in a stack's state that some of its resources are deleted with what is in them.

    Raises:
        EngineFailed: the engine does not take the state.
    """
    exported = json.loads(engine.command(["stack", "export", "--stack", stack]))
    for one in exported["deployment"].get("resources") or []:
        if one["urn"] in urns:
            for part in ("inputs", "outputs"):
                one[part] = {**(one.get(part) or {}), FORCE: True}
    with tempfile.TemporaryDirectory() as folder:
        state = Path(folder) / "state.json"
        state.write_text(json.dumps(exported), encoding="utf-8")
        engine.command(["stack", "import", "--stack", stack, "--file", str(state)])
