"""Names of policy packs: `rolecall:NAME` for those that come with Rolecall, else a folder of the repository."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

PREFIX = "rolecall:"
# What makes a folder a policy pack: https://www.pulumi.com/docs/insights/policy/policy-packs/authoring/.
PACK_FILE = "PulumiPolicy.yaml"
# The packs that come with Rolecall; a folder `policies` of the user's own is none of them.
OWN_PACKS = (Path(__file__).parents[1] / "policies").resolve()


@cache
def own_packs() -> Sequence[str]:
    """Return the names of the packs that come with Rolecall, with their prefix."""
    return tuple(sorted(f"{PREFIX}{file.parent.name}" for file in OWN_PACKS.glob(f"*/{PACK_FILE}")))


def own_pack(name: str) -> Path | None:
    """Return the folder of a pack that comes with Rolecall; None for any other name."""
    return OWN_PACKS / name.removeprefix(PREFIX) if name in own_packs() else None
