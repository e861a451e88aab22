"""What a platform team changes on later days, one after the other in one deployed organization, once with each identity
provider: nobody loses a right for a moment, ids and data stay, and what is reported is what happened.

Each test goes on where the one before has left the organization.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

import pytest

from rolecall.errors import ExitCode
from tests.support.changing_world import STRICT, World, deployed_world
from tests.support.documents import stacks
from tests.support.rights import Right
from tests.support.waiting import until

pytestmark = pytest.mark.engine
UNREACHABLE = 3
# The emulator refuses for good; nothing waits for it to come back.
REFUSES = {"kind": "status", "status": 400, "times": -1}


ORCHESTRATORS = {"conductor", "harness"}


def in_orchestrators(right: Right) -> bool:
    """Return whether a right is held in an orchestrator."""
    return right[0] in ORCHESTRATORS


def rename_group(world: World, old: str, new: str) -> None:
    """Give a group of the contract another key, wherever it is named."""
    text = re.sub(rf"\b{old}\b", new, json.dumps(world.contract))
    world.contract = json.loads(text)
    world.write()


class Changes:
    """The changes; a subclass says which identity provider it is."""

    system: str

    @pytest.fixture(scope="class")
    @classmethod
    def world(cls, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
        with deployed_world(tmp_path_factory.mktemp("changes") / "project", cls.system) as running:
            yield running

    def test_a_group_has_another_key(self, world: World) -> None:
        """And one that Rolecall makes, in case only."""
        world.rights.renamed("Builders", "engineers")
        world.rights.renamed("EveryBody", "everybody")
        rename_group(world, "engineers", "Builders")
        rename_group(world, "everybody", "EveryBody")
        with world.keeping():
            world.up(*STRICT)
            world.settled()

    def test_a_group_has_another_name_in_the_identity_provider(self, world: World) -> None:
        """Orchestrators lose it at once, as single sign-on fills their groups by name; nothing else does."""
        before = world.rights.now()
        with world.keeping(in_orchestrators):
            world.administrator.rename("engineers", "engineering")
            world.systems.settle()
            assert {system for system, *_ in before - world.rights.now()} == ORCHESTRATORS
            code, told, _ = world.rolecall("parity")
            assert (code, told["equal"]) == (1, False)
            missing = [one for one in told["findings"] if one["finding"] == "missing"]
            assert {one["system"] for one in missing} == ORCHESTRATORS
            assert all("'engineering'" in one["repair"] for one in missing), missing
            world.up(*STRICT)
            world.settled()
        assert world.rights.now() == before

    def test_a_group_has_another_key_and_another_name(self, world: World) -> None:
        """And one that Rolecall makes, altogether."""
        world.rights.renamed("all of us", "everybody")
        before = world.rights.now()
        with world.keeping(in_orchestrators):
            world.administrator.rename("analysts", "risk analysts")
            world.systems.settle()
            rename_group(world, "analysts", "risk")
            rename_group(world, "EveryBody", "all of us")
            world.contract["groups"]["all of us"]["renamed_from"] = "EveryBody"
            world.write()
            world.up(*STRICT)
            world.settled()
        assert world.rights.now() == before
        names = {one.display_name for one in world.systems.databricks.account.of_type("Group")}
        assert "all of us" in names
        assert not {"everybody", "EveryBody"} & names

    def test_the_account_has_a_group_anew(self, world: World) -> None:
        """Under its id in the identity provider, and another one in the account: nothing is left of what it held."""
        account = world.systems.databricks.account
        before, ids = world.rights.now(), world.ids()
        (old,) = (one for one in account.of_type("Group") if one.external_id == world.administrator.groups["analysts"])
        account.remove(old.id)
        pushing = world.systems.installation.provisioning[self.system]
        pushing.wake()
        world.systems.settle()
        (new,) = (one for one in account.of_type("Group") if one.external_id == old.external_id)
        assert new.id != old.id
        lost = before - world.rights.now()
        assert {system for system, _, subject, _ in lost if subject == old.external_id} >= {"databricks nonprod"}
        code, told, _ = world.rolecall("parity")
        assert (code, told["equal"]) == (1, False)
        world.up()
        world.settled()
        assert world.rights.now() == before
        assert {*world.ids()["principals"]} ^ {*ids["principals"]} == {old.id, new.id}

    def test_a_project_is_renamed(self, world: World) -> None:
        world.rights.renamed("retention", "churn")
        projects = world.contract["projects"]
        projects["retention"] = {**projects.pop("churn"), "renamed_from": "churn"}
        world.write()
        states = world.states()
        code, told, _ = world.rolecall("preview")
        assert code == 0
        assert world.states() == states, "a preview writes to no state"
        warnings = "\n".join(text for one in told.values() for text in one["warnings"])
        assert re.search(r"contract\.yaml:\d+: secret scope retention/partner .* loses its secrets", warnings)
        assert "cluster policy retention/small_train" in warnings, "what is taken over is told"
        with world.keeping():
            world.up()
            world.settled()
        assert not [name for name in world.stacks() if "churn" in name]

    def test_projects_are_merged_and_a_stack_fails_in_the_middle(self, world: World) -> None:
        for noun in ("score", "scorer", "small_score"):
            world.rights.renamed(f"retention-{noun}", f"fraud-{noun}")
        projects = world.contract["projects"]
        fraud = projects.pop("fraud")
        for kind in ("jobs", "service_principals", "cluster_policies"):
            for key, one in fraud[kind].items():
                projects["retention"][kind][key] = {**one, "renamed_from": f"fraud/{key}"}
        world.write()
        with world.keeping():
            refuses = {**REFUSES, "method": "write", "path": "/api/*/jobs/reset"}
            world.systems.fault("databricks/nonprod", refuses)
            code, told, _ = world.rolecall("up", "--yes")
            world.systems.fault("databricks/nonprod")
            assert code == ExitCode.FAILED
            assert (told["dev.retention"]["status"], told["prod.retention"]["status"]) == ("failed", "changed")
            assert "retention-score" in {one["name"] for one in told["dev.retention"]["undone"]}
            assert told["dev.retention"]["next"] == "rolecall up dev"
            code, told, _ = world.rolecall("parity")
            assert (code, told["equal"]) == (1, False)
            world.up()
            world.settled()
        assert not [name for name in world.stacks() if "fraud" in name]

    def test_a_job_moves_while_its_host_is_lost_and_another_run_begins(self, world: World) -> None:
        """With what it runs as; and a service principal that stays has another key."""
        for noun in ("report", "reporter", "small_report"):
            world.rights.renamed(f"reporting-{noun}", f"churn-{noun}")
        world.rights.renamed("retention-fitter", "churn-trainer")
        projects = world.contract["projects"]
        retention = projects["retention"]
        principal = {**retention["service_principals"].pop("reporter"), "renamed_from": "retention/reporter"}
        policy = {**retention["cluster_policies"].pop("small_report"), "renamed_from": "retention/small_report"}
        projects["reporting"] = {
            "owner": retention["owner"],
            "bindings": retention["bindings"],
            "service_principals": {"reporter": principal},
            "cluster_policies": {"small_report": policy},
            "jobs": {"report": {**retention["jobs"].pop("report"), "renamed_from": "retention/report"}},
        }
        retention["service_principals"]["fitter"] = {
            **retention["service_principals"].pop("trainer"),
            "renamed_from": "trainer",
        }
        retention["jobs"]["train"]["run_as"] = "fitter"
        world.write()
        with world.keeping():
            blocked = {"kind": "blocked", "method": "write", "path": "/api/*", "times": -1}
            world.systems.fault("databricks/nonprod", blocked)
            world.project.variables["ROLECALL_HOST_TIMEOUT"] = "15"
            first = world.project.start_rolecall("up", "--yes", "--format", "json")
            until(lambda: world.systems.faults("databricks/nonprod")[0]["met"], first)
            second = world.project.rolecall("up", "--yes", "prod")
            assert second.returncode == UNREACHABLE
            assert f"process {first.pid}" in second.stderr
            assert "`rolecall up`" in second.stderr
            world.gate.cut()
            read = world.project.rolecall("preview", "prod")
            assert read.returncode == 0, f"reading is for everybody: {read.stdout}{read.stderr}"
            output, errors = first.communicate(timeout=120)
            assert first.returncode == UNREACHABLE, output + errors
            told = stacks(output)
            failed = {stack: one for stack, one in told.items() if one["status"] == "failed"}
            assert failed
            assert all(stack.startswith("dev") for stack in failed), told
            assert all(f"({world.gate.address}) does not answer" in str(one["errors"]) for one in failed.values())
            world.systems.fault("databricks/nonprod")
            world.gate.mend()
            del world.project.variables["ROLECALL_HOST_TIMEOUT"]
            world.up()
            world.settled()

    def test_a_project_is_removed_whose_schema_is_not_empty(self, world: World) -> None:
        table = "acme_prod.pricing_visits.sales"
        world.files("table")[table] = {"full_name": table, "name": "sales", "owner": "ada@example.com"}
        before = world.rights.now()
        del world.contract["projects"]["pricing"]
        world.write()
        assert not world.rolecall("parity")[1]["equal"], "it is still there"
        assert "dataset pricing/visits in prod would be deleted" in world.refused()
        world.allow(project="pricing", **{"in": ["prod"]})
        assert f"schema acme_prod.pricing_visits would be deleted and is not empty: table {table}" in world.refused()
        world.contract["deletions"][0]["with_data"] = True
        world.write()
        gone = world.of_project("pricing", "catalog/")
        world.rights.begin()
        world.up()
        world.settled()
        assert world.rights.end() == world.rights.now()
        assert {right for right in before - world.rights.now() if not gone(right)} == set()
        assert not world.rights.now() - before
        assert table not in world.files("table")
        assert not [name for name in world.stacks() if "pricing" in name]

    def test_an_environment_is_removed(self, world: World) -> None:
        before = world.rights.now()
        del world.contract["environments"]["prod"]
        for project in world.contract["projects"].values():
            for binding in project["bindings"]:
                binding["in"] = ["dev"]
        world.contract["deletions"] = []
        world.write()
        assert "in prod would be deleted" in world.refused()
        world.allow(environment="prod")
        gone = world.of_environment("prod")
        world.rights.begin()
        world.up()
        world.equal()
        assert world.rights.end() == world.rights.now()
        assert {right for right in before - world.rights.now() if not gone(right)} == set()
        assert not world.rights.now() - before
        space = world.systems.databricks.account.workspaces["prod"]
        assert not space.jobs
        assert not [name for name in world.files("schema") if name.startswith("acme_prod")]
        assert not [name for name in world.stacks() if name.startswith("prod")]


class TestOkta(Changes):
    """Okta, which pushes groups."""

    system = "okta"


class TestEntra(Changes):
    """Entra ID, whose provisioning brings groups."""

    system = "entra"
