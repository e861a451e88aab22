"""The shortest attack on a broken invariant is a sequence that the emulators carry out as the attacker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied
from databricks.sdk.service import catalog, jobs

from rolecall.access.graph.graph import HOLDS, INCLUDES, MEMBER, Hop
from rolecall.access.graph.nodes import Right
from rolecall.ids.verbs import Kind
from rolecall.parity.invariants import live_verdicts
from rolecall.parity.live_access import live_access
from tests.support.hand_world import CONTRACT, ENVIRONMENT, HandWorld, hand_world

ADA, CLEO = "ada@example.com", "cleo@example.com"
TABLE = "/api/2.1/unity-catalog/tables/acme.fraud_cards.transactions"
INVARIANT = """\
invariants:
  - {id: cards-stay, never: {who: {outside: []}, can: view, what: {kind: dataset, sensitive: true}}}
break_glass:"""


@dataclass
class Attacker:
    """Who carries out an attack: a person, and everybody whom that person has come to act as since.

    Attributes:
        world: the world.
        client: signs in as whom the attacker acts now.
        secret: a secret that the attacker has found.
    """

    world: HandWorld
    client: WorkspaceClient
    secret: str = ""
    done: list[str] = field(default_factory=list)

    def carry_out(self, hop: Hop) -> None:
        """Carry out one step of an attack through the vendor's API."""
        action = next((one for why, one in ACTIONS.items() if hop.why.startswith(why)), None)
        assert action is not None, f"no action for {hop.why!r}"
        action(self, hop)
        self.done.append(hop.why)

    def runs(self, identity: int) -> None:
        """Start a job; its code signs in as whom the run says that it runs as."""
        call: Any = self.client.api_client.do
        run = call("POST", "/api/2.2/jobs/run-now", body={"job_id": identity})
        shown = call("GET", "/api/2.2/jobs/runs/get", query={"run_id": run["run_id"]})
        self.signs_in(str(shown["run_as_user_name"]))

    def signs_in(self, name: str) -> None:
        """Go on as another principal, with the token that the platform gives its code."""
        emulator = self.world.emulator
        principal = emulator.id_of(name)
        token = emulator.emulator.account.issue(principal, emulator.emulator.clock.now() + 600, 0)
        self.client = WorkspaceClient(
            host=emulator.host("nonprod"), token=token, auth_type="pat", client_id="", client_secret=""
        )


def _nothing(_attacker: Attacker, _hop: Hop) -> None:
    """A right that the attacker holds already, or that another one includes."""


def _edits_job(attacker: Attacker, hop: Hop) -> None:
    assert isinstance(hop.source, Right)
    name = attacker.world.name(Kind.JOB, hop.source.target.key)
    job = next(one for one in attacker.client.jobs.list() if one.settings and one.settings.name == name)
    task = jobs.Task(task_key="land", notebook_task=jobs.NotebookTask(notebook_path="/Users/mallory/steal"))
    attacker.client.jobs.update(int(job.job_id or 0), new_settings=jobs.JobSettings(tasks=[task]))
    attacker.runs(int(job.job_id or 0))


def _uses_principal(attacker: Attacker, _hop: Hop) -> None:
    task = jobs.Task(task_key="a", notebook_task=jobs.NotebookTask(notebook_path="/Users/mallory/steal"))
    run_as = jobs.JobRunAs(service_principal_name=attacker.world.application)
    made = attacker.client.jobs.create(name="mine", tasks=[task], run_as=run_as)
    attacker.runs(int(made.job_id or 0))


def _owns(attacker: Attacker, _hop: Hop) -> None:
    me = str(attacker.client.current_user.me().user_name)
    change = catalog.PermissionsChange(principal=me, add=[catalog.Privilege.SELECT])
    attacker.client.grants.update("schema", "acme.fraud_cards", changes=[change])


def _signs_in_by_secret(attacker: Attacker, _hop: Hop) -> None:
    host = attacker.world.emulator.host("nonprod")
    attacker.client = WorkspaceClient(
        host=host, client_id=attacker.world.application, client_secret=attacker.secret, auth_type="oauth-m2m"
    )


ACTIONS: dict[str, Callable[[Attacker, Hop], None]] = {
    HOLDS: _nothing,
    INCLUDES: _nothing,
    MEMBER: _nothing,
    "runs as": _edits_job,
    "lets its users act as": _uses_principal,
    "owns what is in it": _owns,
    "acts as": _signs_in_by_secret,
}


def _own_secret(world: HandWorld) -> str:
    return str(world.account.service_principal_secrets.create(str(world.trainer.id)).secret)


def _owner(world: HandWorld) -> str:
    world.emulator.assign(CLEO)
    world.do("PATCH", "/api/2.1/unity-catalog/schemas/acme.fraud_cards", {"owner": CLEO})
    for sort, name, what in (("catalog", "acme", "USE_CATALOG"),):
        world.grant(sort, name, CLEO, what)
    return ""


NO_JOBS = CONTRACT.replace("kind: [job, experiment,", "kind: [experiment,")


@pytest.mark.parametrize(
    ("text", "person", "opened", "steps"),
    [
        (CONTRACT, ADA, None, ["may", "runs as", "may"]),
        (
            NO_JOBS.replace(
                "    - {may: view, kind: [model, table, volume]}", "    - {may: run, kind: service_principal}"
            ),
            ADA,
            None,
            ["may", "lets its users act as", "may"],
        ),
        (NO_JOBS, CLEO, _owner, ["owns what is in it, so may"]),
        (NO_JOBS, CLEO, _own_secret, ["acts as", "may"]),
    ],
    ids=["edits-a-job", "uses-a-principal", "owns-the-schema", "holds-a-secret"],
)
def test_the_shortest_attack_ends_with_what_is_forbidden(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    person: str,
    opened: Callable[[HandWorld], str] | None,
    steps: list[str],
) -> None:
    with hand_world(tmp_path, monkeypatch, text.replace("break_glass:", INVARIANT)) as world:
        found = opened(world) if opened else ""
        (verdict,) = live_verdicts(live_access(world.parity()), world.compiled, [ENVIRONMENT])
        assert not verdict.holds
        (way,) = verdict.attack
        assert [hop.why for hop in way] == steps
        attacker = Attacker(world, world.workspace, found)
        attacker.signs_in(person)
        if opened is not _owner:
            with pytest.raises(PermissionDenied):
                attacker.client.api_client.do("GET", TABLE)
        for hop in way:
            attacker.carry_out(hop)
        assert attacker.client.api_client.do("GET", TABLE)["name"] == "transactions"
        assert len(attacker.done) == len(way)
