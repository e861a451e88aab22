"""What policy packs need to know of groups whose name in a system is not their key in the contract."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

from rolecall import settings
from rolecall.systems.databricks.lookups import Lookups


def tell_packs(lookups: Lookups, folder: Path) -> Mapping[str, str]:
    """Write the keys of renamed groups for the packs of a run; return the environment variable that names the file.

    Args:
        lookups: what the account and the identity provider know of groups.
        folder: a folder that lasts as long as the run.
    """
    renamed = {found.name: key for key, found in lookups.groups.items() if found.name != key}
    in_orchestrators = {name: key for key, name in lookups.orchestrators.items()}
    if not renamed and not in_orchestrators:
        return {}
    file = folder / "group-keys.json"
    file.write_text(json.dumps({"databricks": renamed, "orchestrators": in_orchestrators}), encoding="utf-8")
    return {settings.GROUP_KEYS_FILE.name: str(file)}
