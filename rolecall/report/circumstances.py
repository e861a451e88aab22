"""The circumstances of a report: who runs it, when, from which commit, with which versions."""

from __future__ import annotations

import getpass
import hashlib
import os
import platform
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from rolecall import __version__
from rolecall.contract.repository import repository_of
from rolecall.revision import run_git
from rolecall.toolchain.versions import PULUMI, PULUMI_DATABRICKS

# Packages whose version decides how a system is read.
CLIENTS = ("databricks-sdk", "okta", "azure-identity")


@dataclass(frozen=True)
class Circumstances:
    """The circumstances of a report.

    Attributes:
        written: the time, in UTC.
        user: the account on the machine, and the job of a CI system where there is one.
        principal: the service principal that reads the systems; empty where no system is read.
        commit: the commit of the contract, with a remark on changes that are not committed.
        contract: the contract's main file, and the SHA-256 of all of its files.
        versions: versions of programs and packages.
        emulators: whether the systems are Rolecall's local emulators.
    """

    written: datetime
    user: str
    principal: str
    commit: str
    contract: str
    versions: tuple[tuple[str, str], ...]
    emulators: bool = False


def circumstances(
    main: Path, files: tuple[str, ...], now: datetime, environment: Mapping[str, str], *, live: bool, emulators: bool
) -> Circumstances:
    """Return the circumstances of a report that is written now.

    Args:
        main: the contract's main file.
        files: all files of the contract.
        now: the time.
        environment: environment variables.
        live: whether the systems are read.
        emulators: whether they are local emulators.
    """
    principal = environment.get("DATABRICKS_CLIENT_ID", "") if live else ""
    counted = f"its {len(files):,} files" if len(files) > 1 else "the file"
    digest = f"{main} (SHA-256 of {counted}: {_digest(files)})"
    return Circumstances(now, _user(environment), principal, _commit(main), digest, versions(), emulators)


def versions() -> tuple[tuple[str, str], ...]:
    """Return the versions of Rolecall, of the engine and of what reads the systems."""
    found = [("Rolecall", __version__), ("Pulumi", PULUMI), ("Databricks provider", PULUMI_DATABRICKS)]
    for name in CLIENTS:
        try:
            found.append((name, version(name)))
        except PackageNotFoundError:
            continue
    return (*found, ("Python", platform.python_version()))


def _user(environment: Mapping[str, str]) -> str:
    """Return the account on the machine; the variables are those that GitHub and GitLab set in each job.

    https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    https://docs.gitlab.com/ci/variables/predefined_variables/
    """
    try:
        name = getpass.getuser()
    except (OSError, KeyError):
        name = f"user {os.geteuid()}"
    found = f"{name} on {platform.node()}"
    job = environment.get("CI_JOB_URL", "")
    if environment.get("GITHUB_ACTIONS"):
        parts = [environment.get(one, "") for one in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
        job = f"{parts[0]}/{parts[1]}/actions/runs/{parts[2]}"
    actor = environment.get("GITHUB_ACTOR") or environment.get("GITLAB_USER_LOGIN")
    return found + (f", for {actor}" if actor else "") + (f", in {job}" if job else "")


def _commit(main: Path) -> str:
    """Return the commit that is checked out where the contract is."""
    folder = Path(os.path.abspath(main)).parent
    commit = _git(folder, "rev-parse", "--verify", "--quiet", "HEAD")
    if commit is None:
        return "none: the contract is not in a Git repository with a commit"
    changed = _git(folder, "status", "--porcelain", "--untracked-files=normal", "--", str(repository_of(main)))
    if changed is None:
        return f"{commit}; whether it has been changed since is not known"
    return f"{commit}, with changes that are not committed" if changed else commit


def _git(folder: Path, *arguments: str) -> str | None:
    try:
        done = run_git(folder, *arguments)
    except OSError:
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def _digest(files: tuple[str, ...]) -> str:
    """Return the SHA-256 of the contents of files, in order of their names, each with its length."""
    found = hashlib.sha256()
    for name in sorted(files):
        try:
            content = Path(name).read_bytes()
        except OSError:
            return "not known: a file cannot be read again"
        found.update(f"{len(content)}\n".encode())
        found.update(content)
    return found.hexdigest()
