"""Who deploys, from which commit and in which CI job: the message that the engine records with each update."""

from __future__ import annotations

import getpass
import json
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from rolecall import __version__
from rolecall.revision import revision_of
from rolecall.secrecy import without_secrets

# The variables of CI systems with the user who has started the job, and those that its address is put together from.
# https://docs.github.com/actions/reference/workflows-and-actions/variables
# https://docs.gitlab.com/ci/variables/predefined_variables/
# https://learn.microsoft.com/azure/devops/pipelines/build/variables
ACTORS = ("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOREMAIL", "BUILD_REQUESTEDFOR")
LONGEST = 200


@dataclass(frozen=True)
class RunMessage:
    """What is recorded of a run. The actor is what CI, or the machine, calls the user; nothing proves it.

    Attributes:
        run: an id of the run: all stacks of one run have the same.
        actor: who has started it.
        principal: the application id that it signs in to Databricks with; empty where a person is signed in.
        commit: the commit of the contract's files; empty outside a repository.
        changed: whether files differ from the commit.
        job: the address of the CI job; empty elsewhere.
        rolecall: the version of Rolecall.
    """

    run: str
    actor: str = ""
    principal: str = ""
    commit: str = ""
    changed: bool = False
    job: str = ""
    rolecall: str = ""

    def text(self) -> str:
        """Return it as the engine records it."""
        return json.dumps({"rolecall": self.rolecall, **asdict(self)}, separators=(",", ":"))


def run_message(contract: Path, environment: Mapping[str, str]) -> RunMessage:
    """Return what is recorded of a run that begins now.

    Args:
        contract: the contract's main file.
        environment: environment variables.
    """
    revision = revision_of(contract.absolute().parent)

    def shown(text: str) -> str:
        return without_secrets(text, environment)[:LONGEST]

    return RunMessage(
        uuid.uuid4().hex,
        shown(_actor(environment)),
        shown(environment.get("DATABRICKS_CLIENT_ID", "")),
        revision.commit if revision else "",
        revision.changed if revision else False,
        shown(_job(environment)),
        __version__,
    )


def read_message(text: str) -> RunMessage | None:
    """Return what was recorded of a run; None for a message that Rolecall has not written."""
    try:
        value = json.loads(text)
        texts = [str(value[name]) for name in ("run", "actor", "principal", "commit", "job", "rolecall")]
        run, actor, principal, commit, job, version = texts
        return RunMessage(run, actor, principal, commit, bool(value["changed"]), job, version)
    except (ValueError, KeyError, TypeError):
        return None


def _actor(environment: Mapping[str, str]) -> str:
    named = next((environment[name] for name in ACTORS if environment.get(name)), "")
    if named:
        return named
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        # A container may run as a user without a name.
        return ""


def _job(environment: Mapping[str, str]) -> str:
    if server := environment.get("GITHUB_SERVER_URL"):
        return f"{server}/{environment.get('GITHUB_REPOSITORY')}/actions/runs/{environment.get('GITHUB_RUN_ID')}"
    if collection := environment.get("SYSTEM_COLLECTIONURI"):
        project, build = environment.get("SYSTEM_TEAMPROJECT"), environment.get("BUILD_BUILDID")
        return f"{collection.rstrip('/')}/{project}/_build/results?buildId={build}"
    return environment.get("CI_JOB_URL", "")
