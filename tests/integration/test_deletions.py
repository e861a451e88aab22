"""What holds data goes only where the contract says so, judged over all stacks before anything is written."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from databricks.sdk.errors import NotFound

from tests.support.contracts import CONTRACT
from tests.support.emulator import ServedEmulator
from tests.support.project import Project, contract_project

pytestmark = pytest.mark.engine

ENVIRONMENTS = CONTRACT.replace("dev: {workspace: nonprod}", "dev: {workspace: nonprod, catalog: acme_dev}").replace(
    "prod: {workspace: prod, protected: true}", "prod: {workspace: prod, catalog: acme_prod, protected: true}"
)
OBJECTS = """\
    datasets: {features: {volumes: [raw]}}
    models: {score: {}}
    experiments: {tuning: {}}
    secret_scopes: {payments: {}}
    cluster_policies:"""
WITH_DATA = ENVIRONMENTS.replace("    cluster_policies:", OBJECTS)
WHY = "reason: the project ends, owner: ada, expires: 2999-01-01"
NAMED = (
    "dataset churn/features in prod",
    "volume churn/features/raw in prod",
    "model churn/score in prod",
    "experiment churn/tuning in prod",
    "secret scope churn/payments in prod",
)


def entries(*written: str, why: str = WHY) -> str:
    return "deletions:\n" + "".join(f"  - {{{one}, {why}}}\n" for one in written)


ENTRIES = (
    "kind: dataset, object: churn/features, in: [prod]",
    "kind: model, object: churn/score, in: [prod]",
    "kind: experiment, object: churn/tuning",
    "kind: secret_scope, object: churn/payments, in: [prod]",
)


def refused(project: Project, emulator: ServedEmulator, operation: str = "up") -> str:
    """Run an operation that has to be refused before it writes anything; return what is shown."""
    emulator.clear_statistics()
    answer = project.rolecall(operation, "--yes")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    assert emulator.statistics()["writes"] == 0
    return " ".join(answer.stdout.split())


def test_what_holds_data_goes_only_by_a_written_deletion(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, WITH_DATA)
    project.deployed("up")
    client = emulator.workspace("prod")
    project.write("contract.yaml", ENVIRONMENTS.replace("analysts, in: [dev, prod]", "analysts, in: [dev]"))
    shown = refused(project, emulator)
    assert all(f"{one} would be deleted" in shown for one in NAMED), shown
    assert "in dev would be" not in shown, "dev is not protected"
    assert client.registered_models.get("acme_prod.churn_models.score").name == "score"

    plain = project.pulumi("up", "--yes", "--skip-preview", "--stack", "prod.churn")
    assert plain.returncode != 0
    assert "model churn/score in prod would be deleted" in plain.stdout
    assert client.registered_models.get("acme_prod.churn_models.score").name == "score"
    destroyed = project.pulumi("destroy", "--yes", "--skip-preview", "--stack", "prod.churn")
    assert destroyed.returncode != 0
    assert "it is protected" in destroyed.stdout + destroyed.stderr
    assert client.registered_models.get("acme_prod.churn_models.score").name == "score"
    assert "model churn/score in prod would be deleted" in refused(project, emulator, "destroy")

    project.write("contract.yaml", entries(*ENTRIES, why=WHY.replace("2999", "2020")) + ENVIRONMENTS)
    assert "The entry of ada ended on 2020-01-01" in refused(project, emulator)
    project.write("contract.yaml", entries(*ENTRIES[1:]) + ENVIRONMENTS)
    shown = refused(project, emulator)
    assert [one for one in NAMED if f"{one} would" in shown] == [*NAMED[:2]]

    (metastore,) = emulator.emulator.account.metastores.values()
    tables = metastore.securables.setdefault("table", {})
    name = "acme_prod.churn_features.visits"
    tables[name] = {"full_name": name, "name": "visits", "owner": "ada@example.com"}
    project.write("contract.yaml", entries(*ENTRIES) + ENVIRONMENTS)
    shown = refused(project, emulator)
    assert f"schema acme_prod.churn_features would be deleted and is not empty: table {name}" in shown

    with_data = [f"{ENTRIES[0]}, with_data: true", *ENTRIES[1:]]
    project.write("contract.yaml", entries(*with_data) + ENVIRONMENTS)
    told = project.deployed("up")
    assert told["prod.churn"]["changes"]["delete"] > 0
    assert name not in tables
    with pytest.raises(NotFound):
        client.registered_models.get("acme_prod.churn_models.score")
    parity = project.rolecall("parity", "--format", "json")
    assert json.loads(parity.stdout)["equal"], parity.stdout
    again = project.deployed("up")
    assert not any(one["ran"] for one in again.values())


def test_what_holds_data_is_not_replaced_either(tmp_path: Path, emulator: ServedEmulator) -> None:
    project = contract_project(tmp_path, emulator, WITH_DATA)
    project.deployed("up")
    renamed = WITH_DATA.replace("acme_prod", "acme_live")
    project.write("contract.yaml", renamed)
    shown = refused(project, emulator)
    assert "dataset churn/features in prod would be replaced by a new one" in shown
    assert "catalog acme_prod would be" in shown
    plain = project.pulumi("preview", "--stack", "prod.churn")
    assert plain.returncode != 0
    assert "would be replaced by a new one" in plain.stdout


def test_many_lose_a_workspace_only_by_a_written_override(tmp_path: Path, emulator: ServedEmulator) -> None:
    """The groups are assigned by the account's stack, which is deployed first: nothing of it may be written."""
    names = [f"team{number}" for number in range(12)]
    groups = "".join(f"  {name}: {{managed: true}}\n" for name in names)
    text = CONTRACT.replace("roles:\n", f"{groups}roles:\n", 1)
    bound = "".join(f"      - {{role: viewer, to: {name}, in: [dev]}}\n" for name in names)
    project = contract_project(tmp_path, emulator, text.replace("    bindings:\n", f"    bindings:\n{bound}"))
    project.deployed("up", "account", "dev")
    project.write("contract.yaml", text)
    emulator.clear_statistics()
    answer = project.rolecall("up", "--yes", "account", "dev")
    assert answer.returncode == 1, answer.stdout
    assert emulator.statistics()["writes"] == 0
    shown = " ".join(answer.stdout.split())
    assert "workspace nonprod" in shown
    assert "12 of 16 would be removed" in shown
    assert "job churn/train in dev" in shown

    # Nor is there a way around it by running the engine by hand.
    plain_up = ("up", "--yes", "--skip-preview", "--stack", "dev.churn")
    plain = project.pulumi(*plain_up)
    assert plain.returncode != 0
    assert "job churn/train in dev" in plain.stdout
    assert "would be removed" in plain.stdout
    project.write("packs/own/PulumiPolicy.yaml", "runtime: python\n")
    project.write("contract.yaml", f"policy_packs: [packs/own]\n{text}")
    plain = project.pulumi(*plain_up)
    assert plain.returncode != 0
    assert "requires the policy packs packs/own" in plain.stdout
    assert emulator.statistics()["writes"] == 0
    overrides = ("object: nonprod, kind: workspace", "object: churn/train, kind: job, environment: dev")
    written = "".join(f"  - {{{one}, reason: merged, owner: ada, expires: 2999-01-01}}\n" for one in overrides)
    project.write("contract.yaml", f"removal_overrides:\n{written}{text}")
    project.deployed("up", "account", "dev")
