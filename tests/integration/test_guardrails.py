"""The guardrails in the real engine: every bad example is blocked before anything happens, good ones pass."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from rolecall.emulators.databricks.emulator import DatabricksEmulator
from rolecall.policies import types
from rolecall.policies.catalogue import PACKS, RULES
from rolecall.policies.example import changed
from tests.conftest import ROOT
from tests.policies.example import EXAMPLES
from tests.support.documents import stacks
from tests.support.emulator import ServedEmulator, served, served_together
from tests.support.project import (
    GUARDRAILS,
    VIRTUAL_ENVIRONMENT,
    Project,
    contract_project_with,
    copy_provider,
    program,
)

pytestmark = pytest.mark.engine
BLOCKED = sorted((ROOT / "stacks" / "blocked").glob("*.yaml"))
# Those that plain `pulumi preview` judges too, which starts interpreters for each program and pack.
PLAIN = [one for one in BLOCKED if one.stem in ("shadow-project", "production-code-is-pinned")]
CONFIG = {
    rule.id: {
        "enforcementLevel": "mandatory",
        "break_glass_group": "emergency",
        "production": {"test": ["analysts", "emergency"]},
        "production_catalogs": ["acme_prod"],
    }
    for rule in RULES
    if rule.needs_contract
} | {"sends-to-named-hosts": {"enforcementLevel": "mandatory", "destinations": ["acme.example"]}}


@dataclass(frozen=True)
class Acme:
    """The example's project, and the emulators that it starts with."""

    project: Project
    running: ServedEmulator


@pytest.fixture(scope="module")
def acme(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Acme]:
    """The example's project with its stacks, nothing deployed."""
    folder = tmp_path_factory.mktemp("acme")
    description = yaml.safe_load((ROOT / "stacks" / "acme" / "emulators.yaml").read_text())
    with served_together(description, small_pages=False) as installation:
        running = ServedEmulator(installation.get(DatabricksEmulator))
        project = contract_project_with(folder, {**installation.variables(), "DATABRICKS_RATE_LIMIT": "500"}, "")
        for name in ("acme", "blocked"):
            shutil.copytree(ROOT / "stacks" / name, folder / "stacks" / name)
        for stack in ("dev.shadow", "prod.shadow"):
            project.engine.select(stack)
        yield Acme(project, running)


def _stack_of(path: Path) -> str:
    return "prod.shadow" if path.stem.startswith("production") else "dev.shadow"


def _require_only_own_rule(path: Path, rules: set[str]) -> None:
    if path.stem != "shadow-project":
        assert rules == {path.stem}


@pytest.mark.parametrize("path", PLAIN, ids=lambda path: path.stem)
def test_plain_pulumi_preview_blocks_bad_contracts(acme: Acme, path: Path) -> None:
    acme.running.clear_statistics()
    acme.project.variables["ROLECALL_CONTRACT"] = f"stacks/blocked/{path.name}"
    answer = acme.project.pulumi("preview", "--stack", _stack_of(path), "--policy-pack", str(GUARDRAILS))
    assert answer.returncode != 0, answer.stdout
    _require_only_own_rule(path, {rule.id for rule in RULES if f" {rule.id} " in answer.stdout})
    assert "Traceback" not in answer.stdout + answer.stderr
    assert acme.running.statistics()["writes"] == 0


@pytest.mark.parametrize("path", BLOCKED, ids=lambda path: path.stem)
def test_a_preview_blocks_each_bad_contract(acme: Acme, path: Path) -> None:
    acme.running.clear_statistics()
    acme.project.variables["ROLECALL_CONTRACT"] = f"stacks/blocked/{path.name}"
    stack = _stack_of(path)
    answer = acme.project.rolecall("preview", stack, "--policy-pack", str(GUARDRAILS), "--format", "json")
    assert answer.returncode == 1, answer.stdout + answer.stderr
    violations = stacks(answer.stdout)[stack]["violations"]
    assert any(one["mandatory"] for one in violations)
    _require_only_own_rule(path, {one["policy"] for one in violations})
    assert acme.running.statistics()["writes"] == 0


def test_the_example_contract_passes_all_rules(acme: Acme) -> None:
    acme.project.variables["ROLECALL_CONTRACT"] = "stacks/acme/contract.yaml"
    answer = acme.project.rolecall("preview", "dev", "prod", "--policy-pack", str(GUARDRAILS), "--format", "json")
    assert answer.returncode == 0, answer.stderr
    told = stacks(answer.stdout)
    assert len(told) > 4
    assert not any(one["violations"] for one in told.values())


WITHOUT_BREAK_GLASS = """\
version: 1
break_glass: none
break_glass_reason: a sandbox that is made anew every day
organization: acme
databricks:
  host: ${env:DATABRICKS_ACCOUNT_HOST}
  account_id: ${env:DATABRICKS_ACCOUNT_ID}
  deployer: ${env:DATABRICKS_CLIENT_ID}
workspaces:
  ml-nonprod: {host: "${env:ML_NONPROD_HOST}"}
environments:
  dev: {workspace: ml-nonprod}
groups:
  churn-engineers: {external: 00g1churn0000000001}
roles:
  engineer: [{may: edit, kind: job}]
projects:
  shadow:
    owner: churn-engineers
    bindings: [{role: engineer, to: churn-engineers, in: [dev]}]
    service_principals: {runner: {}}
    cluster_policies: {small: {max_workers: 2, idle_minutes: 30}}
    jobs:
      nightly:
        run_as: runner
        policy: small
        tasks:
          - task_key: run
            new_cluster: {spark_version: 16.4.x-scala2.12, node_type_id: i3.xlarge, num_workers: 1}
            spark_python_task: {python_file: /Workspace/Shared/shadow/nightly.py}
"""


def test_a_contract_that_says_why_it_has_no_break_glass_group_is_reported_and_passes(acme: Acme) -> None:
    acme.project.write("stacks/blocked/none.yaml", WITHOUT_BREAK_GLASS)
    acme.project.variables["ROLECALL_CONTRACT"] = "stacks/blocked/none.yaml"
    answer = acme.project.pulumi("preview", "--stack", "dev.shadow", "--policy-pack", str(GUARDRAILS))
    assert answer.returncode == 0, answer.stdout
    assert "a sandbox that is made anew every day" in answer.stdout


def _program(rules: list[tuple[str, str, dict[str, object]]]) -> str:
    """Return a program without Rolecall that declares resources of the Databricks provider."""
    lines = ["import json, pulumi", f"wanted = json.loads({json.dumps(json.dumps(rules))})"]
    lines += ["for name, kind, properties in wanted:"]
    # Rolecall's own provider is the plugin that the project names.
    lines += ["    version = '1.104.0' if kind.startswith('databricks:') else None"]
    lines += ["    pulumi.CustomResource(kind, name, properties, pulumi.ResourceOptions(version=version))"]
    return "\n".join(lines)


def _preview(folder: Path, text: str, stack: str = "test", packs: Iterable[str] = PACKS) -> tuple[int, str]:
    """Preview a program under packs; of its stacks only `test` is production."""
    with served() as emulator:
        variables = {**emulator.variables(), "DATABRICKS_HOST": emulator.host("nonprod")}
        variables.pop("DATABRICKS_ACCOUNT_ID")
        project = program(folder, text, variables)
        described = yaml.safe_load((folder / "Pulumi.yaml").read_text())
        copy_provider(folder / "plugin")
        described["plugins"] = {"providers": [{"name": "rolecall", "path": "plugin"}]}
        project.write("Pulumi.yaml", yaml.safe_dump(described))
        project.engine.select(stack)
        flags = []
        for pack in packs:
            # What is only told by default shall block here, so that it is seen that it can.
            levels = {rule.id: {"enforcementLevel": "mandatory"} | CONFIG.get(rule.id, {}) for rule in PACKS[pack]}
            config = project.write(f"{pack}.json", json.dumps(levels))
            flags += ["--policy-pack", str(GUARDRAILS.parent / pack), "--policy-pack-config", str(config)]
        answer = project.pulumi("preview", *flags, "--stack", stack)
        return answer.returncode, answer.stdout + answer.stderr


# Nothing stands for a contract here: what they judge, no program without one has right.
WITH_A_CONTRACT = {"membership-follows-the-contract", "workers-run-declared-counterparts"}
STACKS = {"prod": "test", "dev": "other"}


@pytest.mark.parametrize("tried_in", STACKS)
def test_good_examples_of_every_rule_break_it_not_in_a_program_that_does_not_use_rolecall(
    tmp_path: Path, tried_in: str
) -> None:
    """Each is fine for its own rule; what is fine for one may lack what another one asks for."""
    tried = {
        rule: example
        for rule, example in EXAMPLES.items()
        if example.bad and example.stack == tried_in and rule not in WITH_A_CONTRACT
    }
    wanted = [(rule, example.type, example.good) for rule, example in tried.items()]
    _, output = _preview(tmp_path, _program(wanted), STACKS[tried_in])
    assert {rule for rule in tried if _judged(output, rule, rule)} == set(), output


@pytest.mark.parametrize("tried_in", STACKS)
def test_a_bad_example_of_every_rule_is_blocked_in_such_a_program(tmp_path: Path, tried_in: str) -> None:
    # The provider itself refuses a file that is not there; tests/security tries one that is. A preview asks the API
    # server about objects of clusters; tests/policies tries their examples.
    here = {
        rule: one for rule, one in EXAMPLES.items() if one.stack == tried_in and one.type != types.KUBERNETES_OBJECT
    }
    tried = {rule: one for rule, one in here.items() if rule != "files-hold-no-secret"}
    wanted = [(rule, one.type, changed(one.good, *one.bad[:1])) for rule, one in tried.items()]
    status, output = _preview(tmp_path, _program(wanted), STACKS[tried_in])
    assert status != 0
    assert {rule for rule in tried if not _judged(output, rule, rule)} == set(), output


def _judged(output: str, rule: str, resource: str) -> bool:
    """Return whether the engine reports that a resource violates a rule."""
    told = output.split("Policies:")[-1]
    violations = re.split(r"\n\s+- ", told)
    return any(re.search(rf"\[mandatory\].* {rule} ", one) and f"{resource}: " in one for one in violations)


def test_unknown_input_is_blocked_by_the_real_engine_too(tmp_path: Path) -> None:
    text = """\
import pulumi
options = pulumi.ResourceOptions(version='1.104.0')
group = pulumi.CustomResource('databricks:index/group:Group', 'g', {'displayName': 'g'}, options)
job = {'jobId': '1', 'accessControls': [
    {'groupName': 'emergency', 'permissionLevel': 'CAN_MANAGE'},
    {'groupName': group.id, 'permissionLevel': 'CAN_MANAGE'},
    {'servicePrincipalName': group.id, 'permissionLevel': 'IS_OWNER'}]}
pulumi.CustomResource('databricks:index/permissions:Permissions', 'p', job, options)
"""
    status, output = _preview(tmp_path, text, packs=["guardrails"])
    assert status != 0
    assert "accessControls[1].groupName is not known during this preview" in output
    assert "[mandatory]" in output


def test_the_pack_judges_existing_state_without_a_login(tmp_path: Path, emulator: ServedEmulator) -> None:
    variables = {**emulator.variables(), "DATABRICKS_HOST": emulator.host("nonprod")}
    variables.pop("DATABRICKS_ACCOUNT_ID")
    policy = EXAMPLES["cluster-policy-ends-idle-clusters"]
    bad = changed(policy.good, *policy.bad[:1])
    project = program(tmp_path, _program([("small", policy.type, bad)]), variables)
    assert project.pulumi("up", "--yes", "--skip-preview").returncode == 0
    export = project.folder / "state.json"
    export.write_text(project.pulumi("stack", "export").stdout)
    answer = project.pulumi("policy", "analyze", "--policy-pack", str(GUARDRAILS), "--file", str(export))
    assert "cluster-policy-ends-idle-clusters" in answer.stdout + answer.stderr
    assert answer.returncode != 0


def test_the_pack_uses_the_checkouts_own_environment() -> None:
    described = yaml.safe_load((GUARDRAILS / "PulumiPolicy.yaml").read_text())
    named = (GUARDRAILS / described["runtime"]["options"]["virtualenv"]).resolve()
    assert not named.exists() or named.samefile(VIRTUAL_ENVIRONMENT)


def required(project: Project, *packs: str) -> None:
    """Let the example's contract require packs."""
    text = (ROOT / "stacks" / "acme" / "contract.yaml").read_text()
    project.write("stacks/acme/required.yaml", f"policy_packs: [{', '.join(packs)}]\n{text}")
    project.variables["ROLECALL_CONTRACT"] = "stacks/acme/required.yaml"


def test_a_pack_that_is_required_and_not_there_deploys_nothing(acme: Acme) -> None:
    """Fault 30."""
    required(acme.project, "policies/absent")
    acme.running.clear_statistics()
    answer = acme.project.rolecall("up", "--yes")
    assert answer.returncode == 2
    assert "requires the policy pack policies/absent" in answer.stderr
    assert acme.running.statistics()["writes"] == 0


def test_a_required_pack_that_crashes_deploys_nothing(acme: Acme) -> None:
    """Fault 30."""
    pack = acme.project.folder / "policies" / "crashing"
    pack.mkdir(parents=True)
    shutil.copy(GUARDRAILS / "PulumiPolicy.yaml", pack)
    described = yaml.safe_load((pack / "PulumiPolicy.yaml").read_text())
    described["runtime"]["options"]["virtualenv"] = str(VIRTUAL_ENVIRONMENT)
    (pack / "PulumiPolicy.yaml").write_text(yaml.safe_dump(described))
    (pack / "__main__.py").write_text("raise RuntimeError('the pack is broken')\n")
    required(acme.project, "policies/crashing")
    acme.running.clear_statistics()
    answer = acme.project.rolecall("up", "account", "--yes")
    assert answer.returncode != 0
    assert acme.running.statistics()["writes"] == 0


def test_a_required_pack_blocks_without_being_asked_for(acme: Acme) -> None:
    required(acme.project, str(GUARDRAILS.parent / "cost"))
    acme.running.clear_statistics()
    answer = acme.project.rolecall("up", "account", "dev.fraud", "--yes", "--format", "json")
    told = stacks(answer.stdout)
    broken = {one["policy"] for stack in told.values() for one in stack["violations"] if one["mandatory"]}
    assert answer.returncode == 1
    assert broken
    assert acme.running.statistics()["writes"] == 0


def test_a_remedy_that_is_asked_for_is_deployed(tmp_path: Path, emulator: ServedEmulator) -> None:
    variables = {**emulator.variables(), "DATABRICKS_HOST": emulator.host("nonprod")}
    variables.pop("DATABRICKS_ACCOUNT_ID")
    endless = changed(EXAMPLES["warehouse-stops-when-idle"].good, EXAMPLES["warehouse-stops-when-idle"].bad[0])
    project = program(tmp_path, _program([("reports", types.SQL_ENDPOINT, endless)]), variables)
    levels = {"warehouse-stops-when-idle": {"enforcementLevel": "remediate", "max_idle_minutes": 20}}
    config = project.write("levels.json", json.dumps(levels))
    flags = ("--policy-pack", str(GUARDRAILS.parent / "cost"), "--policy-pack-config", str(config))
    answer = project.pulumi("up", "--yes", "--skip-preview", *flags)
    assert answer.returncode == 0, answer.stdout
    (made,) = emulator.workspace().warehouses.list()
    assert made.auto_stop_mins == 20


def test_what_blocks_a_preview_is_told_to_code_scanning(acme: Acme) -> None:
    acme.project.variables["ROLECALL_CONTRACT"] = "stacks/blocked/shadow-project.yaml"
    flags = ("--policy-pack", str(GUARDRAILS), "--format", "sarif")
    answer = acme.project.rolecall("preview", "dev.shadow", *flags)
    assert answer.returncode == 1, answer.stderr
    (run,) = json.loads(answer.stdout)["runs"]
    assert run["results"]
    contract = (ROOT / "stacks" / "blocked" / "shadow-project.yaml").read_text().splitlines()
    lines: set[str] = set()
    for result in run["results"]:
        assert result["level"] == "error"
        location = result["locations"][0]["physicalLocation"]
        assert location["artifactLocation"]["uri"] == "stacks/blocked/shadow-project.yaml", result["message"]
        lines.add(contract[location["region"]["startLine"] - 1].strip().partition(":")[0])
    assert "nightly" in lines, "the job's own line"
    missing = acme.project.rolecall("preview", "dev.shadow", "--policy-pack", "stacks")
    assert (missing.returncode, "Traceback" in missing.stderr) == (2, False)
    assert "--policy-pack stacks" in missing.stderr
    assert "has no PulumiPolicy.yaml" in missing.stderr
