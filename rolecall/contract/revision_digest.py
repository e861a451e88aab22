"""A contract's digest: equal for equal contents, wherever its files are and whichever addresses the environment has."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from rolecall.contract.loader import load_contract


def contract_digest(path: Path) -> str:
    """Return the SHA-256 of what a contract contains, its bundles included; variables count by their names.

    Args:
        path: the contract's main file.

    Raises:
        InvalidContract: it is not valid.
    """
    contract = load_contract(path, {}, placeholders=True).contract
    content = contract.model_dump(mode="json", by_alias=True, exclude_unset=True, exclude={"include"})
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
