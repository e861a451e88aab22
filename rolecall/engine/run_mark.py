"""Marks a run in a backend that is no local file: a stack of its own, which every run looks for.

Backends of object storage have no lock over several stacks. Each run makes its mark first and then lists the marks, so
of two runs at least one sees the other's. S3, Azure Blob Storage and Google Cloud Storage list what was written before.
"""

from __future__ import annotations

import json
import re
import secrets
import subprocess
import tempfile
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path

from rolecall.errors import RunLocked, StateUnwritable
from rolecall.stack_names import RUN_MARK

TIME = "%Y%m%dT%H%M%SZ"
# The mark's stack holds nothing, so its secrets need no passphrase of the user's.
_NO_SECRETS = {"PULUMI_CONFIG_PASSPHRASE": "mark", "PULUMI_SELF_MANAGED_STATE_LEGACY_LAYOUT": ""}


class RunMark:
    """The mark of one run.

    Args:
        pulumi: the engine's command.
        project: the Pulumi project's name.
        environment: the environment of the command, which determines the backend.
        user: name of the user.
        host: the machine's name.
        pid: number of the run's process.
    """

    def __init__(
        self, pulumi: Path, project: str, environment: Mapping[str, str], user: str, host: str, pid: int
    ) -> None:
        self._pulumi, self._project = pulumi, project
        self._environment = {
            key: value for key, value in environment.items() if key != "PULUMI_CONFIG_PASSPHRASE_FILE"
        } | _NO_SECRETS
        since = datetime.now(UTC).strftime(TIME)
        self.name = ".".join([RUN_MARK, _plain(user), _plain(host), str(pid), since, secrets.token_hex(4)])

    def take(self) -> None:
        """Make the mark.

        Raises:
            RunLocked: another run has one; this one's is removed again.
            StateUnwritable: the backend does not take it.
        """
        self._run("stack", "init", self.name, "--no-select", "--secrets-provider", "passphrase")
        others = [one for one in self._marks() if one != self.name]
        if others:
            self.remove(self.name)
            raise RunLocked(
                f"another run is going on: {_described(others[0])}",
                "Nothing was changed. Run it again when that run has ended. Only if you know that it is gone (its "
                f"machine or container was restarted, say): pulumi stack rm {others[0]} --yes",
            )

    def remove(self, name: str) -> None:
        """Remove a mark; one that is gone already is fine.

        Raises:
            StateUnwritable: the backend does not take it.
        """
        if name in self._marks():
            self._run("stack", "rm", name, "--yes", "--force")

    def _marks(self) -> list[str]:
        listed = json.loads(self._run("stack", "ls", "--json") or "[]")
        names = (str(one["name"]).rpartition("/")[2] for one in listed)
        return sorted(name for name in names if name.startswith(f"{RUN_MARK}."))

    def _run(self, *arguments: str) -> str:
        # In a folder of its own, as the engine writes the configuration of a new stack beside the project's file.
        with tempfile.TemporaryDirectory(prefix="mark-") as folder:
            described = json.dumps({"name": self._project, "runtime": "yaml"})
            (Path(folder) / "Pulumi.yaml").write_text(described, encoding="utf-8")
            command = [str(self._pulumi), *arguments, "--non-interactive", "--color=never"]
            answer = subprocess.run(
                command, cwd=folder, env=self._environment, capture_output=True, text=True, check=False
            )
        if answer.returncode:
            reason = answer.stderr.strip() or answer.stdout.strip()
            raise StateUnwritable(
                f"the backend does not take the mark of this run (`pulumi {' '.join(arguments[:2])}`): {reason}",
                "Nothing was changed. See whether the backend answers and may be written.",
            )
        return answer.stdout


def _plain(text: str) -> str:
    """Return a word for the name of a stack, of at most 25 letters: https://www.pulumi.com/docs/iac/concepts/stacks/."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", text)[:25] or "unknown"


def _described(mark: str) -> str:
    """Return who has made a mark."""
    parts = mark.split(".")
    if len(parts) != 6:
        return mark
    _, user, host, pid, since, _ = parts
    try:
        shown = f"{datetime.strptime(since, TIME):%Y-%m-%d %H:%M:%S} UTC"
    except ValueError:
        return mark
    return f"{user} on {host} (process {pid}), since {shown}"
