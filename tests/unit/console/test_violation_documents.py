"""What policies found, as SARIF and JUnit."""

from __future__ import annotations

from pathlib import Path
from xml.etree import ElementTree

import pytest

from rolecall.console.violation_documents import FALLBACK, RuleShown, Shown, junit, sarif, without_description

RULES = {
    "job-runs-as-service-principal": RuleShown(
        "job-runs-as-service-principal", "Every job runs as a service principal.", "https://docs", ("SOC 2 CC6.1",)
    ),
    "required-tags": RuleShown("required-tags", "Jobs carry tags.", "https://docs", ()),
}
BROKEN = Shown(
    "job-runs-as-service-principal",
    "guardrails",
    "dev.churn",
    "churn-train",
    "churn-train (platform.yaml:42): it runs as a person\n    Write `run_as: NAME`.",
    mandatory=True,
)
HINT = Shown("runs-are-limited", "cost", "dev.churn", "churn-train", "churn-train: 50 runs <at once>", mandatory=False)
PACKS = {"guardrails": [*RULES]}


def test_a_place_is_that_of_the_contract_or_the_projects_own() -> None:
    assert BROKEN.place == ("platform.yaml", 42)
    assert HINT.place == FALLBACK
    misleading = Shown("r", "p", "s", "n", "n: it says\n (other.yaml:7): more", mandatory=True)
    assert misleading.place == FALLBACK


def test_the_description_that_the_engine_writes_above_a_message_is_no_part_of_it() -> None:
    description = RULES[BROKEN.rule].description
    written = f"{description}\n{BROKEN.message}"
    assert without_description(written, description) == BROKEN.message
    assert without_description(BROKEN.message, None) == BROKEN.message


def test_a_file_is_named_as_code_scanning_knows_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    message = f"churn-train ({tmp_path}/contract/platform.yaml:42): it runs as a person"
    assert Shown("r", "p", "s", "n", message, mandatory=True).place == ("contract/platform.yaml", 42)


def test_sarif_names_rule_level_and_place() -> None:
    (run,) = sarif([BROKEN, HINT], RULES)["runs"]
    rules = run["tool"]["driver"]["rules"]
    assert [one["id"] for one in rules] == [
        "job-runs-as-service-principal",
        "required-tags",
        "runs-are-limited",
    ]
    assert rules[0]["helpUri"] == "https://docs"
    assert rules[0]["properties"]["tags"] == ["SOC 2 CC6.1"]
    first, second = run["results"]
    assert (first["level"], second["level"]) == ("error", "warning")
    assert rules[first["ruleIndex"]]["id"] == first["ruleId"] == BROKEN.rule
    (location,) = first["locations"]
    assert location["physicalLocation"]["artifactLocation"]["uri"] == "platform.yaml"
    assert location["physicalLocation"]["region"]["startLine"] == 42
    assert location["logicalLocations"][0]["fullyQualifiedName"] == "dev.churn/churn-train"


def test_junit_has_a_case_for_every_rule_and_fails_those_that_block() -> None:
    root = ElementTree.fromstring(junit([BROKEN, HINT], RULES, PACKS))  # noqa: S314 - our own text
    guardrails, cost = root.findall("testsuite")
    assert (guardrails.get("tests"), guardrails.get("failures")) == ("2", "1")
    failed = {case.get("name"): case.find("failure") for case in guardrails}
    assert failed["required-tags"] is None
    failure = failed["job-runs-as-service-principal"]
    assert failure is not None
    assert failure.get("message") == "Every job runs as a service principal."
    assert "platform.yaml:42" in str(failure.text)
    assert cost.get("failures") == "0"
    assert cost.findtext("testcase/system-out") == "dev.churn: churn-train: 50 runs <at once>"
