"""State in a bucket: what holds for files holds there, on the real engine and its own client of S3."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from rolecall.engine.run_mark import RunMark
from tests.integration.test_killed import killed_after_a_write, names
from tests.support.bucket import Bucket, bucket
from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator, served
from tests.support.project import Project, contract_project

pytestmark = pytest.mark.engine
UP = ("up", "account", "dev", "--yes")
DEV = CONTRACT.replace("in: [dev, prod], ticket: SEC-1", "in: [dev]")
UNREACHABLE = 3


@pytest.fixture
def storage() -> Iterator[Bucket]:
    with bucket() as running:
        yield running


def project_in(folder: Path, emulator: ServedEmulator, storage: Bucket, text: str) -> Project:
    project = contract_project(folder / "project", emulator, text)
    project.variables |= {**storage.variables(), "PULUMI_BACKEND_URL": storage.backend}
    return project


def not_in_a_state(emulator: ServedEmulator, storage: Bucket) -> list[str]:
    """Return the names of jobs that no state has, neither as made nor as begun."""
    jobs = [*emulator.emulator.account.workspaces["nonprod"].jobs.values()]
    states = [content.decode() for key, content in [*storage.objects.items()] if "/stacks/" in key]
    return [name for one in jobs if not any((name := str(one["settings"]["name"])) in state for state in states)]


def marks(storage: Bucket) -> list[str]:
    return [key for key in storage.objects if "/rolecall-run." in key and "/stacks/" in key and key.endswith(".json")]


def test_state_in_a_bucket(tmp_path: Path, storage: Bucket) -> None:
    lost = {"kind": "answer-lost", "method": "POST", "path": "/api/2.*/jobs/create", "status": 500, "times": 1}
    asked: list[str] = []

    def written() -> None:
        asked.extend(not_in_a_state(emulator, storage))

    with served(small_pages=False, written=written) as emulator:
        project, host = project_in(tmp_path, emulator, storage, DEV), emulator.host("nonprod")
        jobs = emulator.emulator.account.workspaces["nonprod"].jobs

        # A create whose answer was lost is adopted, from what the state says.
        emulator.fault(host, lost)
        assert project.rolecall(*UP).returncode != 0
        emulator.fault(host)
        made = {*jobs}
        assert made
        assert not asked, "a job was asked for before a state had it"
        refused = project.pulumi("up", "--yes", "--skip-preview", "--stack", "dev.churn")
        assert refused.returncode != 0
        assert "Run `rolecall up` once" in refused.stdout + refused.stderr
        again = project.rolecall(*UP)
        assert again.returncode == 0, again.stdout + again.stderr
        assert {*jobs} == made, "made twice"
        assert not marks(storage)

        # A run of another machine is seen, and said how to go on where it is gone.
        environment = project.environment()
        other = RunMark(project.toolchain.pulumi, "rolecall", environment, "ben", "elsewhere", 7)
        other.take()
        answer = project.rolecall(*UP)
        assert answer.returncode == UNREACHABLE
        assert "ben on elsewhere (process 7)" in answer.stderr
        assert f"pulumi stack rm {other.name} --yes" in answer.stderr
        other.remove(other.name)

        # A project is renamed: nothing is re-created.
        held = names(emulator)
        text = DEV.replace("projects:\n  churn:\n", "projects:\n  retention:\n    renamed_from: churn\n")
        project.write("contract.yaml", text)
        assert project.rolecall("preview", "account", "dev").returncode == 0
        again = project.rolecall(*UP)
        assert again.returncode == 0, again.stdout + again.stderr
        assert {*jobs} == made
        assert {key: len(each) for key, each in names(emulator).items()} == {
            key: len(each) for key, each in held.items()
        }

        # A run that is killed leaves its mark; the next one on the same machine knows that it is gone.
        project.write("contract.yaml", text.replace("      train:\n", "      train:\n        description: news\n"))
        assert killed_after_a_write(project, emulator, host, 0)
        assert marks(storage)
        project.pulumi("cancel", "dev.retention", "--yes")
        again = project.rolecall(*UP)
        assert again.returncode == 0, again.stdout + again.stderr
        assert not marks(storage)
        assert {*jobs} == made
        last = project.deployed("up", "account", "dev")
        assert {kind for one in last.values() for kind in one["changes"]} == {"same"}

        # What the bucket has lost is not made a second time.
        del storage.objects[".pulumi/stacks/rolecall/dev.retention.json"]
        answer = project.rolecall(*UP)
        assert answer.returncode == UNREACHABLE
        assert "in no state of this backend" in answer.stdout + answer.stderr
        assert {*jobs} == made
