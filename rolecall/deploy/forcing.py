"""Enables the engine to delete schemas and catalogs with content, where an entry of `deletions` has `with_data`."""

from __future__ import annotations

from collections.abc import Collection

from rolecall.engine.state_store import StateStore
from rolecall.systems.databricks.contents import CATALOG, SCHEMA

# Read from the state when the object is deleted:
# https://registry.terraform.io/providers/databricks/databricks/latest/docs/resources/schema#force_destroy
FORCE = "forceDestroy"
FORCED_TYPES = (SCHEMA, CATALOG)


def force_deletion(store: StateStore, stack: str, urns: Collection[str]) -> None:
    """Note in a stack's state that some of its resources are deleted with what is in them.

    Raises:
        EngineFailed: the state cannot be read or written.
    """
    with store.locked([stack]):
        exported = store.read(stack)
        for one in exported["deployment"].get("resources") or []:
            if one["urn"] in urns:
                for part in ("inputs", "outputs"):
                    one[part] = {**(one.get(part) or {}), FORCE: True}
        store.write(stack, exported)
