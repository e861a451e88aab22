"""`rolecall policy` as users call it."""

from __future__ import annotations

import json
from pathlib import Path
from xml.etree import ElementTree

import pytest
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.errors import UsageError
from rolecall.policies import types
from rolecall.policies.catalogue import RULES
from rolecall.policies.context import context_of_stack
from rolecall.policies.example import changed
from tests.policies.example import EXAMPLES
from tests.support.documents import document

runner = CliRunner()


def run(*arguments: object, exit_code: int = 0) -> str:
    result = runner.invoke(app, ["policy", *(str(one) for one in arguments)])
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    assert result.exit_code == exit_code, result.output
    return result.stdout


@pytest.fixture
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A state outside of any project, with a warehouse that never stops and one that is fine."""
    monkeypatch.chdir(tmp_path)
    example = EXAMPLES["warehouse-stops-when-idle"]
    resources = [
        {"urn": f"urn:pulumi:dev::any::{types.SQL_ENDPOINT}::{name}", "type": types.SQL_ENDPOINT, "custom": True}
        | {"inputs": inputs}
        for name, inputs in (("fine", example.good), ("endless", changed(example.good, example.bad[0])))
    ]
    path = tmp_path / "state.json"
    path.write_text(json.dumps({"deployment": {"resources": resources}}))
    return path


def test_all_rules_are_listed_and_those_of_a_pack_or_a_framework() -> None:
    everything = run("list")
    assert all(rule.id in everything for rule in RULES)
    told = document(("policy", "list"), run("list", "--pack", "cost", "--format", "json"))["rules"]
    assert {one["pack"] for one in told} == {"cost"}
    framework = run("list", "--framework", "SOC 2")
    assert "CC6.6" in framework
    with pytest.raises(UsageError, match="no pack"):
        run("list", "--pack", "costs")
    with pytest.raises(UsageError, match="no framework"):
        run("list", "--framework", "PCI")


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_every_rule_is_explained(rule: object) -> None:
    rule_id = getattr(rule, "id", "")
    told = document(("policy", "explain"), run("explain", rule_id, "--format", "json"))["rule"]
    assert told["id"] == rule_id
    assert told["description"].split()[0] in run("explain", rule_id)


def test_a_misspelt_rule_names_those_that_are_near() -> None:
    with pytest.raises(UsageError) as caught:
        run("explain", "no-mount")
    assert "no-mounts" in caught.value.how_to_go_on


def test_a_state_is_judged_in_every_format(state: Path) -> None:
    shown = run("test", state, exit_code=1)
    assert "dev: endless: it never ends by itself" in shown
    assert f"2 resources judged by {len(RULES)} rules: 1 violations, 0 hints" in shown
    (found,) = document(("policy", "test"), run("test", state, "--format", "json", exit_code=1))["violations"]
    assert (found["rule"], found["resource"]) == ("warehouse-stops-when-idle", "endless")
    (result,) = json.loads(run("test", state, "-f", "sarif", exit_code=1))["runs"][0]["results"]
    assert result["ruleId"] == "warehouse-stops-when-idle"
    root = ElementTree.fromstring(run("test", state, "-f", "junit", exit_code=1))  # noqa: S314 - our own text
    assert [suite.get("failures") for suite in root] == ["0", "0", "1"]


def test_levels_are_taken_from_the_file_that_plain_pulumi_takes(state: Path, tmp_path: Path) -> None:
    configuration = tmp_path / "levels.json"
    configuration.write_text(json.dumps({"warehouse-stops-when-idle": {"enforcementLevel": "advisory"}}))
    assert "0 violations, 1 hints" in run("test", state, "--policy-pack-config", configuration)


@pytest.mark.parametrize("text", ["no json", "{}", "[]"])
def test_what_is_no_state_is_refused_with_how_to_write_one(tmp_path: Path, text: str) -> None:
    path = tmp_path / "state.json"
    path.write_text(text)
    with pytest.raises(UsageError, match=r"state\.json"):
        run("test", path)
    with pytest.raises(UsageError, match="cannot be read"):
        run("test", tmp_path / "absent.json")


def test_a_thousand_violations_stay_readable_and_none_is_lost(state: Path) -> None:
    told = json.loads(state.read_text())
    endless = told["deployment"]["resources"][1]
    told["deployment"]["resources"] = [{**endless, "urn": f"{endless['urn']}-{number}"} for number in range(1000)]
    state.write_text(json.dumps(told))
    shown = run("test", state, exit_code=1).splitlines()
    assert len(shown) < 20
    assert "  and 995 more" in shown
    (suite,) = json.loads(run("test", state, "-f", "sarif", exit_code=1))["runs"]
    assert len(suite["results"]) == 1000


def test_several_files_are_judged_though_the_contract_is_looked_for_elsewhere(state: Path) -> None:
    context_of_stack.cache_clear()
    again = state.with_name("again.json")
    again.write_text(state.read_text())
    text = run("test", state.name, again.name, "--format", "json", exit_code=1)
    told = document(("policy", "test"), text)["violations"]
    assert [one["resource"] for one in told] == ["endless", "endless"]
