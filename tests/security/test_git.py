"""A nested repository in a project can neither run programs nor change the commit that Rolecall reads."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest

from rolecall.revision import revision_of, run_git
from tests.conftest import ROOT

WHO = ("-c", "user.name=ada", "-c", "user.email=ada@example.com")
PROGRAMS = {
    "monitor": "[core]\nbare = false\nworktree = .\nfsmonitor = touch {0}; false\n",
    "filter": '[core]\nbare = false\nworktree = .\n[filter "x"]\nclean = touch {0}; cat\n',
    "hooks": "[core]\nbare = false\nworktree = .\nhooksPath = hooks\n",
}


def git(folder: Path, *arguments: str) -> str:
    answer = subprocess.run(["git", *WHO, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return answer.stdout.strip()


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Make a repository with a bare repository's files in its folder `contract`, which any author can commit."""
    root = tmp_path / "repository"
    contract = root / "contract"
    contract.mkdir(parents=True)
    (contract / "contract.yaml").write_text("version: 1\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "first")
    for name in ("objects", "refs/heads", "hooks"):
        (contract / name).mkdir(parents=True)
    (contract / "HEAD").write_text("ref: refs/heads/main\n")
    (contract / ".gitattributes").write_text("* filter=x\n")
    return root


@pytest.mark.parametrize("program", PROGRAMS)
@pytest.mark.parametrize("real", [True, False], ids=["in a repository", "alone"])
def test_no_program_of_a_folder_is_started(tmp_path: Path, repository: Path, program: str, real: bool) -> None:
    started, contract = tmp_path / "started", repository / "contract"
    (contract / "config").write_text(PROGRAMS[program].format(started))
    hook = contract / "hooks" / "post-index-change"
    hook.write_text(f"#!/bin/sh\ntouch {started}\n")
    hook.chmod(0o755)
    plain = ["git", f"--git-dir={contract}", f"--work-tree={contract}"]
    subprocess.run([*plain, "add", "contract.yaml"], capture_output=True, check=False)
    os.utime(contract / "contract.yaml", (1, 1))
    started.unlink(missing_ok=True)
    if not real:
        (repository / ".git").rename(tmp_path / "elsewhere")
    commit = git(repository, "rev-parse", "HEAD") if real else None
    found = revision_of(contract)
    assert (found.commit if found else None) == commit, "the commit is that of the repository"
    run_git(contract, "status")
    run_git(contract, "read-tree", "HEAD", GIT_INDEX_FILE=str(tmp_path / "index"))
    assert not started.exists()


def test_git_is_run_in_one_place() -> None:
    sources = [*(ROOT / "rolecall").rglob("*.py"), *(ROOT / "toolchain").rglob("*.py")]
    runs = {one.relative_to(ROOT).as_posix() for one in sources if re.search(r'\[\s*"git"', one.read_text("utf-8"))}
    assert runs == {"rolecall/revision.py"}
