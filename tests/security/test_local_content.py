"""Neither a repository nor another user supplies what a local folder is trusted with: state, passphrase, packs."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from rolecall import packs
from rolecall.contract.packs import own_pack
from rolecall.errors import UsageError
from rolecall.local_folder import TRUSTED, local_folder, passphrase_file, state_backend
from tests.support.other_user import NOBODY, needs_root


def git(folder: Path, *arguments: str) -> None:
    identity = ["-c", "user.name=a", "-c", "user.email=a@example.com"]
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize("place", ["", "platform/contract"])
@pytest.mark.parametrize("name", ["passphrase", "packs/guardrails/rolecall/__init__.py", "state/.pulumi/meta.yaml"])
@pytest.mark.parametrize("how", ["clone", "work tree"])
def test_a_local_folder_that_came_with_the_repository_is_refused(
    tmp_path: Path, place: str, name: str, how: str
) -> None:
    """The author of a pull request would choose the passphrase of the state, or code beside the guardrails."""
    origin = tmp_path / "origin"
    file = origin / place / ".rolecall" / name
    file.parent.mkdir(parents=True)
    file.write_text("correct horse battery staple")
    git(origin, "init", "--quiet")
    git(origin, "add", "--force", ".")
    git(origin, "commit", "--quiet", "--message", "x")
    copy = tmp_path / "copy"
    if how == "clone":
        git(tmp_path, "clone", "--quiet", str(origin), str(copy))
    else:
        git(origin, "worktree", "add", "--quiet", str(copy))
    (copy / place / ".rolecall").chmod(0o700)
    for use in (local_folder, passphrase_file, state_backend):
        with pytest.raises(UsageError, match="part of the repository"):
            use(copy / place)


def test_an_ordinary_local_folder_in_a_repository_is_fine(tmp_path: Path) -> None:
    (tmp_path / ".gitignore").write_text("/.rolecall/\n")
    (tmp_path / "my.rolecall").mkdir()
    (tmp_path / "my.rolecall" / "a").touch()
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    for _ in range(2):
        assert passphrase_file(tmp_path).read_text()
        assert state_backend(tmp_path)


@pytest.mark.parametrize("name", TRUSTED)
def test_no_link_stands_for_what_is_trusted(tmp_path: Path, name: str) -> None:
    target = tmp_path / "precious"
    target.write_text("precious")
    local_folder(tmp_path)
    (tmp_path / ".rolecall" / name).symlink_to(target)
    with pytest.raises(UsageError, match="is a link"):
        local_folder(tmp_path)
    assert target.read_text() == "precious"


@needs_root
@pytest.mark.parametrize("name", TRUSTED)
def test_nothing_of_another_user_is_trusted(tmp_path: Path, name: str) -> None:
    path = local_folder(tmp_path) / name
    path.touch()
    os.chown(path, NOBODY, NOBODY)
    with pytest.raises(UsageError, match="another user's"):
        local_folder(tmp_path)


@pytest.mark.parametrize(("text", "mode"), [("a long enough passphrase", 0o644), ("short", 0o600), ("", 0o600)])
def test_a_passphrase_that_others_know_or_guess_is_refused(tmp_path: Path, text: str, mode: int) -> None:
    path = local_folder(tmp_path) / "passphrase"
    path.write_text(text)
    path.chmod(mode)
    with pytest.raises(UsageError, match="no passphrase that Rolecall has made"):
        passphrase_file(tmp_path)


def test_a_copy_of_a_pack_holds_its_own_files_only(tmp_path: Path) -> None:
    """A module beside a pack's code is imported before the installed one of that name."""
    own = own_pack("rolecall:guardrails")
    assert own is not None
    folder = packs._copy(tmp_path, own)
    for name in ("rolecall/__init__.py", "json.py", "sitecustomize.py", "__pycache__/a.pyc"):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("raise SystemExit(0)")
    (folder / packs.MAIN).unlink()
    (folder / packs.MAIN).symlink_to(folder / "json.py")
    assert packs._copy(tmp_path, own) == folder
    assert {path.name for path in folder.iterdir()} == {packs.MAIN, "PulumiPolicy.yaml"}
    assert (folder / packs.MAIN).read_text() == (own / packs.MAIN).read_text()
    assert not (folder / packs.MAIN).is_symlink()
