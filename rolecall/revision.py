"""The Git commit of a folder's files."""

from __future__ import annotations

import os
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


def run_git(folder: Path, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
    """Run Git in the repository of a folder, so that no file of the repository starts a program.

    A folder that contains `HEAD`, `objects`, `refs` and `config` is a bare repository to Git, with programs in its
    configuration (filters, `core.fsmonitor`, hooks), and may be committed as any other folder:
    https://git-scm.com/docs/git-config#Documentation/git-config.txt-safebareRepository

    Args:
        folder: a folder in the repository.
        arguments: the command.
        variables: more environment variables.

    Raises:
        OSError: Git cannot be run.
    """
    real = Path(os.path.realpath(folder))
    top = next((one for one in (real, *real.parents) if (one / ".git").exists()), real)
    safe = ("safe.bareRepository=explicit", "core.fsmonitor=false", f"core.hooksPath={os.devnull}")
    # Do not lock the index for a read-only status (git-status, "Background Refresh").
    command = [
        "git",
        *(part for one in safe for part in ("-c", one)),
        "--no-optional-locks",
        "-C",
        str(top),
        *arguments,
    ]
    environment = {**os.environ, **variables}
    return subprocess.run(command, env=environment, capture_output=True, text=True, errors="replace", check=False)


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = run_git(folder, *arguments)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None
