"""What is to be done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path


class Operation(StrEnum):
    """What is done to stacks."""

    PREVIEW = "preview"
    UP = "up"
    DESTROY = "destroy"


@dataclass(frozen=True)
class Deployment:
    """What is run on which stacks.

    Attributes:
        operation: what is done.
        environments: environments with all their projects, stacks, or `account`; none means everything.
        packs: policy packs to enforce.
        refresh: read the live state first.
        contract: another contract than the project's.
        all_slices: run the engine on every stack, whether it needs to or not.
        required: policy packs that the contract requires; they judge every stack that is run, whereas those in `packs`
            judge all stacks, unchanged or not.
    """

    operation: Operation
    environments: Sequence[str] = ()
    packs: Sequence[Path] = ()
    refresh: bool = False
    contract: Path | None = None
    all_slices: bool = False
    required: Sequence[Path] = ()

    @property
    def enforced(self) -> list[Path]:
        """All packs that judge a run, each once."""
        return list(dict.fromkeys(path.absolute() for path in (*self.packs, *self.required)))
