"""The Git commit of a folder's files."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Revision:
    """A commit.

    Attributes:
        commit: its object name.
        changed: whether tracked files differ from it.
    """

    commit: str
    changed: bool

    def __str__(self) -> str:
        """Return it for messages."""
        return f"{self.commit[:10]} with local changes" if self.changed else self.commit[:10]


def revision_of(folder: Path) -> Revision | None:
    """Return the commit that is checked out in a folder; None outside a repository, or without Git."""
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if commit is None:
        return None
    return Revision(commit, _git(folder, "status", "--porcelain", "--untracked-files=no") != "")


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        # A status that is only read takes no lock of the index (git-status, "Background Refresh").
        command = ["git", "-C", str(folder), "--no-optional-locks", *arguments]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", check=False)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
