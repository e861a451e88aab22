"""One deployed organization that changes step by step: two environments, four projects, an identity provider, two
orchestrators; with what is live looked at before, after every write, and after each change.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import yaml

from rolecall.engine.stack_state import parse
from tests.support.contracts import CLUSTER
from tests.support.documents import document
from tests.support.gate import Gate
from tests.support.identity import Administrator, Company, company
from tests.support.identity_contract import contract, identity_project
from tests.support.live import live
from tests.support.project import GUARDRAILS, Project
from tests.support.rights import Right, Rights

Contract = dict[str, Any]
STRICT = ("--policy-pack", str(GUARDRAILS))
# Objects with names of the contract in them, which are re-created where a project is renamed.
NAMED = ("securables", "privileges", "rule sets", "conductor", "harness")


def first_contract(system: str) -> Contract:
    """Return the contract before any change."""
    told: Contract = yaml.safe_load(contract(system, "scim"))
    told["environments"] = {
        "dev": {"workspace": "nonprod", "catalog": "acme_dev"},
        "prod": {"workspace": "prod", "catalog": "acme_prod", "protected": True},
    }
    told["roles"]["engineer"] = [
        {"may": "edit", "kind": ["job", "experiment", "dataset", "secret_scope"]},
        {"may": "run", "kind": ["cluster_policy", "warehouse", "instance_pool"]},
    ]
    told["projects"] |= {
        "churn": _project(
            {"train": "trainer", "report": "reporter"},
            secret_scopes={"partner": {"in": ["dev"]}},
            experiments={"tuning": {}},
            warehouses={"reports": {"size": "2X-Small", "idle_minutes": 10}},
            instance_pools={"ready": {"node_type": "m5d.large", "max_machines": 4, "in": ["dev"]}},
        ),
        "fraud": _project({"score": "scorer"}),
        "pricing": _project({"price": "pricer"}, datasets={"visits": {"volumes": ["raw"]}}),
    }
    if system == "entra":
        told["projects"]["churn"]["service_principals"]["trainer"] = {"azure": True}
    return told


def _project(jobs: dict[str, str], **sections: Any) -> Contract:
    """Return a project with jobs and what they run as; the same groups hold the same in each."""
    cluster = yaml.safe_load(CLUSTER)
    return {
        "owner": "engineers",
        "bindings": [
            {"role": "engineer", "to": "engineers", "in": ["dev"]},
            {"role": "viewer", "to": "analysts", "in": ["dev", "prod"], "ticket": "SEC-1"},
            {"role": "viewer", "to": "everybody", "in": ["dev"]},
        ],
        "service_principals": {name: {} for name in jobs.values()},
        "cluster_policies": {f"small_{key}": {"max_workers": 2, "idle_minutes": 30} for key in jobs},
        "jobs": {
            key: {
                "run_as": principal,
                "policy": f"small_{key}",
                "counterparts": {"conductor": True, "harness": {"in": ["dev"]}},
                "tasks": [
                    {
                        "task_key": "one",
                        "new_cluster": cluster,
                        "spark_python_task": {"python_file": "/Workspace/Shared/one.py"},
                    }
                ],
            }
            for key, principal in jobs.items()
        },
        **sections,
    }


class World:
    """The systems, the project that deploys to them, and the contract of now.

    Args:
        folder: the project's folder.
        systems: the systems.
        system: the identity provider.
        rights: what remembers the rights after every write.
    """

    def __init__(self, folder: Path, systems: Company, system: str, rights: Rights) -> None:
        self.systems, self.system, self.rights = systems, system, rights
        self.administrator = Administrator(systems, system)
        rights.watch(systems.installation)
        rights.external = frozenset(self.administrator.groups.values())
        self.gate = Gate(systems.installation.addresses["databricks/nonprod"])
        self.contract = first_contract(system)
        self.project: Project = identity_project(folder, systems, "")
        self.project.variables["ML_NONPROD_HOST"] = self.gate.address
        self.write()

    def write(self) -> None:
        """Write the contract's file."""
        self.project.write("contract.yaml", yaml.safe_dump(self.contract, sort_keys=False))

    def allow(self, **entry: Any) -> None:
        """Let the contract carry a written deletion."""
        written = {"reason": "a test", "owner": "ada", "expires": "2999-01-01", **entry}
        self.contract.setdefault("deletions", []).append(written)
        self.write()

    def ids(self) -> dict[str, Any]:
        """Return the ids of everything that keeps its own."""
        found = live(self.systems.installation)
        for name in NAMED:
            found.pop(name, None)
        for name in self.systems.databricks.account.workspaces:
            for kind in ("scopes", "permissions", "assignments"):
                found[name].pop(kind)
        # Service principals are found by the contract's names, which their external ids carry.
        found["principals"] = sorted(found["principals"])
        return found

    def rolecall(self, *arguments: str) -> tuple[int, dict[str, Any], str]:
        """Run our command with its answer as JSON; return its exit code, that, and what it says besides."""
        answer = self.project.rolecall(*arguments, "--format", "json")
        told = document(arguments, answer.stdout) if answer.stdout else {}
        return answer.returncode, told.get("stacks", told), answer.stderr

    def up(self, *arguments: str) -> dict[str, Any]:
        """Deploy, which has to go well."""
        told = self.project.deployed("up", *arguments)
        self.systems.settle()
        return told

    def refused(self) -> str:
        """Deploy, which has to be refused before anything is written; return what is said."""
        self.systems.clear_statistics()
        states = self.states()
        answer = self.project.rolecall("up", "--yes")
        assert answer.returncode == 1, answer.stdout + answer.stderr
        assert self.systems.writes() == 0
        assert self.states() == states, "nothing is moved where the run is refused"
        return " ".join(answer.stdout.split())

    def states(self) -> dict[str, bytes]:
        """Return the state files."""
        return {path.name: path.read_bytes() for path in (self.project.folder / ".state").rglob("*.json")}

    def stacks(self) -> set[str]:
        """Return the names of the stacks that hold something."""
        found = {path.stem: path for path in (self.project.folder / ".state").rglob("stacks/**/*.json")}
        return {name for name, path in found.items() if parse(json.loads(path.read_text())["checkpoint"]).resources}

    def equal(self) -> dict[str, Any]:
        """Return what parity tells; everything has to be as the contract says."""
        code, told, _ = self.rolecall("parity")
        assert (code, told["equal"]) == (0, True), told["findings"]
        return told

    def settled(self) -> None:
        """See that everything is as the contract says, and that a second run changes and writes nothing."""
        self.equal()
        self.systems.clear_statistics()
        again = self.project.deployed("up")
        assert {kind for one in again.values() for kind in one["changes"]} == {"same"}, again
        assert self.systems.writes() == 0, "a second run writes nothing"

    @contextmanager
    def keeping(self, but: Callable[[Right], bool] = lambda _: False) -> Iterator[None]:
        """See that nobody loses a right for a moment, and that all ids stay; rights that `but` chooses may change."""
        before, ids = self.rights.begin(), self.ids()
        yield
        always, after = self.rights.end(), self.rights.now()
        assert not (lost := {one for one in before - after if not but(one)}), f"lost: {lost}"
        assert not (given := {one for one in after - before if not but(one)}), f"given: {given}"
        assert not (gone := {one for one in before - always if not but(one)}), f"gone for a moment: {gone}"
        assert self.ids() == ids

    def files(self, kind: str) -> dict[str, Any]:
        """Return what a metastore has of a kind, by full name."""
        (store,) = self.systems.databricks.account.metastores.values()
        return store.securables.setdefault(kind, {})

    def of_project(self, project: str, *more: str) -> Callable[[Right], bool]:
        """Return what tells the rights on and of what a project has now, and on names that begin with `more`."""
        return self._about(lambda name: project in name or name.startswith(more), "")

    def of_environment(self, environment: str) -> Callable[[Right], bool]:
        """Return what tells the rights on and of what is in an environment, with its workspace of the same name."""
        return self._about(lambda name: environment in name, f"databricks {environment}")

    def _about(self, is_meant: Callable[[str], bool], workspace: str) -> Callable[[Right], bool]:
        account = self.systems.databricks.account
        ids = {one.id for one in account.principals.values() if is_meant(one.display_name)}
        ids |= {one.application_id for one in account.principals.values() if is_meant(one.display_name)}
        for space in account.workspaces.values():
            jobs = [key for key, one in space.jobs.items() if is_meant(str(one["settings"]["name"]))]
            policies = [key for key, one in space.cluster_policies.items() if is_meant(str(one["name"]))]
            ids |= {f"/jobs/{key}" for key in jobs} | {f"/cluster-policies/{key}" for key in policies}
        conductor = self.systems.conductor.cluster.applications
        ids |= {f"USER/app:{key}" for key, one in conductor.items() if is_meant(str(one["name"]))}
        plain = {one.replace("_", "-") for one in ids}

        def about(right: Right) -> bool:
            system, target, subject, _ = right
            known = any(one and one in target for one in plain) or subject in plain
            return known or is_meant(target) or is_meant(subject) or system == workspace

        return about

    def close(self) -> None:
        """Let the gate go."""
        self.gate.cut()


@contextmanager
def deployed_world(folder: Path, system: str) -> Iterator[World]:
    """Serve and deploy it for the length of a `with` block."""
    rights = Rights()
    with company(small_pages=False, written=rights.written) as systems:
        world = World(folder, systems, system, rights)
        try:
            world.up()
            world.settled()
            yield world
        finally:
            world.close()
