"""Asks the `databricks` command, where it is installed, to resolve the bundles that a contract takes jobs of.

The command is the truth about a bundle (https://docs.databricks.com/aws/en/dev-tools/cli/bundle-commands#validate), and
Rolecall's own resolution is what is deployed: it is the same for everybody. Where the two differ, the contract is
refused.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from rolecall.contract.bundles.agreement import Disagreement, Resolved, disagreements, resolved
from rolecall.contract.bundles.deployer import Deployment
from rolecall.contract.bundles.files import BundleFiles, read_bundle
from rolecall.contract.bundles.jobs import BundleJobs
from rolecall.contract.loader import LoadedContract
from rolecall.contract.repository import repository_of
from rolecall.errors import Place, Problem, RolecallError

COMMAND = "databricks"
SECONDS = 120
# The command that was written in Python before has no bundles; it prints "Version 0.18.0".
_VERSION = re.compile(r"Databricks CLI (v[0-9]+\.[0-9]+\.[0-9]+\S*)")
# Whatever else the environment holds is no business of the command: other systems' credentials, values of variables.
_PASSED = re.compile(
    r"PATH|HOME|USER|LANG|LC_.*|TMPDIR|TZ|SSL_CERT_.*|(?i:https?_proxy|no_proxy)|USERPROFILE|SYSTEMROOT"
    r"|DATABRICKS_(?!BUNDLE_|TF_|ACCOUNT_).*"
)
DIFFERS = "bundle-resolved-otherwise"


@dataclass
class Comparison:
    """What came of comparing a contract's bundles.

    Attributes:
        notes: what was compared, by which version, and what was not, with the reason.
        problems: every value that the command resolves otherwise.
    """

    notes: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


def compare_bundles(loaded: LoadedContract, environment: Mapping[str, str] | None = None) -> Comparison:
    """Compare the jobs that a contract takes of bundles with those that the command resolves, target by target.

    Nothing is run where the command is not on PATH, and nothing that a bundle itself would have run: for a bundle with
    scripts or a program of its own, a note says so.

    Args:
        loaded: the contract.
        environment: environment variables; those of this process when not given.
    """
    variables = dict(os.environ if environment is None else environment)
    found = Comparison()
    program = shutil.which(COMMAND, path=variables.get("PATH", "")) if loaded.bundle_jobs else None
    if program is None:
        return found
    repository = repository_of(Path(loaded.files[0]))
    if refused := _not_trusted(program, loaded, repository):
        found.notes.append(f"bundles were not compared with {COMMAND}: {refused}")
        return found
    version = version_of(program, variables)
    if version is None:
        found.notes.append(f"{program} knows no bundles: bundles were not compared with its resolution")
        return found
    hosts = {
        name: loaded.contract.workspaces[one.workspace].host or "" for name, one in loaded.contract.environments.items()
    }
    for file, names in loaded.bundle_jobs.items():
        bundle = read_bundle(Path(file), file, repository)
        compared: list[str] = []
        for target in (one for one in loaded.contract.environments if one in bundle.targets):
            reason = _not_run(bundle, target, hosts[target])
            if reason is None:
                try:
                    target_found = ask(program, bundle, target, hosts[target], variables)
                    found.problems += _problems(bundle, names, target, target_found, version)
                    compared.append(target)
                    continue
                except RolecallError as error:
                    reason = error.what
            found.notes.append(f"{file}: target {target} was not compared with {COMMAND} {version}: {reason}")
        if compared:
            found.notes.append(f"{file}: compared with {COMMAND} {version} for {', '.join(compared)}")
    return found


def _not_trusted(program: str, loaded: LoadedContract, repository: Path) -> str:
    """Return why nothing is run at all; an empty text where the command is run."""
    if unset := loaded.values.unset:
        # An address would be a placeholder, and credentials would be sent to it.
        return f"{', '.join(unset)} is not set"
    if not Path(program).is_absolute() or Path(program).resolve().is_relative_to(repository.resolve()):
        return f"{program} is a file of the repository, which a check does not run"
    return ""


def version_of(program: str, variables: Mapping[str, str]) -> str | None:
    """Return the version of the command; None where it is another program."""
    try:
        answer = subprocess.run(
            [program, "--version"], env=_passed(variables), capture_output=True, text=True, timeout=SECONDS, check=False
        )
    except (OSError, subprocess.SubprocessError, UnicodeDecodeError):
        return None
    match = _VERSION.search(answer.stdout)
    return match.group(1) if match else None


def ask(program: str, bundle: BundleFiles, target: str, host: str, variables: Mapping[str, str]) -> Resolved:
    """Return a target of a bundle as the command resolves it.

    Args:
        program: the command.
        bundle: the bundle.
        target: the target.
        host: the address of the target's workspace by the contract.
        variables: environment variables.

    Raises:
        RolecallError: the command fails, or resolves the target for another workspace.
    """
    command = [program, "bundle", "validate", "--output", "json", "--target", target]
    try:
        answer = subprocess.run(
            command,
            cwd=Path(bundle.file).parent,
            env={**_passed(variables), "DATABRICKS_HOST": host},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=SECONDS,
            check=False,
        )
        document = json.loads(answer.stdout) if answer.stdout.strip() else None
    except (OSError, ValueError, subprocess.SubprocessError, RecursionError) as error:
        raise RolecallError(f"it gave no answer ({type(error).__name__})") from error
    if answer.returncode or not isinstance(document, dict):
        lines = [line for line in answer.stderr.splitlines() if line.strip()]
        raise RolecallError(lines[0].strip() if lines else f"it ended with exit code {answer.returncode}")
    found = resolved(document)
    # The command writes the address of a bundle only, not the one of its environment.
    if found.host and found.host.rstrip("/") != host.rstrip("/"):
        raise RolecallError(f"it resolved for {found.host}, and the contract has {host}")
    return replace(found, host=host)


def _not_run(bundle: BundleFiles, target: str, host: str) -> str | None:
    """Return why the command is not asked about a target; None where it is."""
    holders = (bundle.root, bundle.targets[target])
    if any(one.get("experimental", "scripts").value for one in holders):
        return "its scripts would be run"
    if any(one.get("bundle", "terraform").value for one in holders):
        return "a program that it names would be run"
    if bundle.program is not None:
        return "its Python functions would be run with credentials"
    if bundle.problems:
        return "it has problems of its own"
    if not host.startswith(("https://", "http://")):
        return "the address of its workspace is not known here"
    # Where a bundle names an address, credentials are sent there.
    written = [str(found.value) for one in holders if (found := one.get("workspace", "host")).value]
    if any(one.rstrip("/") != host.rstrip("/") for one in written):
        return f"it names workspace.host {written[-1]}, and the contract has {host}"
    return None


def _problems(
    bundle: BundleFiles, names: tuple[str, ...], target: str, found: Resolved, version: str
) -> Iterator[Problem]:
    own = BundleJobs(bundle, Deployment(found.user, {target: found.host}, found.display_name))
    present = own.names([target])
    how = (
        f"Rolecall does not take a job that {COMMAND} {version} resolves otherwise. Write the value itself, and report "
        "the difference."
    )
    for name in names:
        theirs = found.jobs.get(name)
        if name not in present or theirs is None:
            if (name in present) != (theirs is not None):
                what = f"{COMMAND} {version} has {'a' if theirs is not None else 'no'} job {name!r} in target {target}"
                yield Problem(DIFFERS, Place(bundle.file, 1), what, how)
            continue
        unreported: list[Problem] = []
        taken = own.take(name, [target], unreported)
        if taken is None:
            continue
        for one in disagreements(taken.settings[target], theirs, found):
            yield Problem(DIFFERS, taken.places[target].of(*one.path), _words(name, target, one), how)


def _words(name: str, target: str, one: Disagreement) -> str:
    path = "".join(f"[{part}]" if isinstance(part, int) else f".{part}" for part in one.path)
    return (
        f"jobs.{name}{path} is {_shown(one.ours)} in target {target}, and {_shown(one.theirs)} by the bundle's command"
    )


def _shown(value: object) -> str:
    text = "missing" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 100 else f"{text[:99]}…"


def _passed(variables: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in variables.items() if _PASSED.fullmatch(name)}
