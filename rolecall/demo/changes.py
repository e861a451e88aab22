"""Three proposed changes, each in a copy of the contract's folder."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

PROJECT = Path("projects/forecasting.yaml")


@dataclass(frozen=True)
class Proposal:
    """A change of one project's file.

    Attributes:
        title: its branch.
        before: a text of the file.
        after: what stands there instead.
        exit_code: how its review ends.
    """

    title: str
    before: str
    after: str
    exit_code: int


PROPOSALS = (
    Proposal("harmless", "reads sales, writes models", "reads sales and writes models", 0),
    Proposal(
        "escalating",
        "{role: runner, to: forecasting-engineers, in: [staging]}",
        "{role: engineer, to: forecasting-engineers, in: [staging, prod]}",
        2,
    ),
    Proposal(
        "locking-out", "to: forecasting-leads, in: [dev, staging, prod]", "to: forecasting-leads, in: [dev, staging]", 4
    ),
)


def proposed(proposal: Proposal, contract: Path, folder: Path) -> Path:
    """Write a change into a copy of the contract's folder; return the main file there.

    Args:
        proposal: the change.
        contract: the contract's main file.
        folder: the folder for the copy, which is replaced.
    """
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(contract.absolute().parent, folder)
    # The copy is a repository of its own: no path of the contract leads out of it.
    (folder / ".git").mkdir()
    file = folder / PROJECT
    text = file.read_text(encoding="utf-8")
    assert proposal.before in text
    file.write_text(text.replace(proposal.before, proposal.after), encoding="utf-8")
    return folder / contract.name
