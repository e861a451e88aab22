"""Commands about Kubernetes: what they write, and their exit codes. None of them reads a system."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.errors import ExitCode, UsageError
from rolecall.systems.kubernetes.lists import LISTS
from tests.support.cluster_contract import CONTRACT
from tests.support.contracts import VARIABLES
from tests.support.documents import document


@pytest.fixture
def contract(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    path = tmp_path / "contract.yaml"
    path.write_text(CONTRACT, encoding="utf-8")
    return path


def run(*arguments: object, code: ExitCode = ExitCode.FINE) -> str:
    result = CliRunner().invoke(app, list(map(str, arguments)))
    assert result.exit_code == code, result.output
    return result.stdout


def written(command: str, *arguments: object, code: ExitCode = ExitCode.FINE) -> dict[str, Any]:
    """Return the JSON document of a command, which has to fit its schema."""
    found: dict[str, Any] = document((command,), run(command, *arguments, "-f", "json", code=code))
    return found


def test_identities_in_every_form(contract: Path) -> None:
    assert "dev-fraud/scorer in lab" in run("identities", contract, "-e", "dev")
    found = written("identities", contract, "-e", "dev")
    scorer = next(one for one in found["identities"] if one["principal"] == "fraud/scorer")
    assert scorer["mesh_identity"] == "scorer.dev-fraud.serviceaccount.identity.linkerd.cluster.local"
    assert found["findings"] == []
    assert run("identities", contract, "-e", "dev", "-f", "mermaid").startswith("flowchart LR\n")
    assert run("identities", contract, "-e", "test").count("test-fraud-unused") == 1


def test_a_missing_identity_is_a_finding_with_its_line(contract: Path) -> None:
    task = "{task_key: a, existing_cluster_id: '1', spark_python_task: {python_file: /a.py}}"
    job = f"    jobs: {{load: {{in: [dev], run_as: unused, counterparts: {{prefect: true}}, tasks: [{task}]}}}}\n"
    contract.write_text(CONTRACT.replace("    services:\n      plain:", f"{job}    services:\n      plain:"), "utf-8")
    shown = run("identities", contract, "-e", "dev", code=ExitCode.FINDINGS)
    assert "identity-missing" in shown
    (found,) = written("identities", contract, "-e", "dev", code=ExitCode.FINDINGS)["findings"]
    assert found["environment"] == "dev"
    assert "contract.yaml:" in found["place"]


def test_manifests_are_documents_that_kubectl_applies(contract: Path) -> None:
    objects = [*yaml.safe_load_all(run("manifests", contract, "-e", "dev", "--project", "fraud"))]
    assert objects[0]["kind"] == "Namespace"
    assert all(one["apiVersion"] and one["metadata"]["name"] for one in objects)
    found = written("manifests", contract, "-e", "dev", "--admission")["manifests"]
    assert found[0]["manifest"]["kind"] == "ValidatingAdmissionPolicy"
    assert {one["project"] for one in found} == {None, "fraud", "lonely"}


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [(["-e", "test"], "has no Kubernetes cluster"), (["-e", "dev", "--project", "fruad"], "there is no project")],
)
def test_manifests_of_what_there_is_not_are_refused(contract: Path, arguments: list[str], reason: str) -> None:
    result = CliRunner().invoke(app, ["manifests", str(contract), *arguments])
    assert isinstance(result.exception, UsageError)
    assert reason in result.exception.what
    assert result.stdout == ""


def test_refusals_name_clients_and_counts(contract: Path, tmp_path: Path) -> None:
    metrics = tmp_path / "metrics.txt"
    labels = 'namespace="dev-fraud",srv_kind="server",srv_name="plain",authz_kind="default",authz_name="audit"'
    metrics.write_text(f'inbound_tcp_authz_allow_total{{{labels},tls="no_identity"}} 4\n', encoding="utf-8")
    found = written("refusals", metrics, "-e", "dev", "-c", contract, code=ExitCode.FINDINGS)["refusals"]
    assert [(one["server"], one["count"], one["judged"]) for one in found] == [("plain", 4, True)]
    metrics.write_text("# nothing\n", encoding="utf-8")
    assert "would have refused nothing" in run("refusals", metrics, "-e", "dev", "-c", contract)


def test_a_mesh_that_has_nothing_is_not_equal(contract: Path, tmp_path: Path) -> None:
    files = []
    for number, one in enumerate(LISTS):
        path = tmp_path / f"{number}.json"
        version = f"{one.group}/v1" if one.group else "v1"
        path.write_text(json.dumps({"kind": f"{one.kind}List", "apiVersion": version, "items": []}), encoding="utf-8")
        files.append(path)
    found = written("mesh", *files, "-e", "dev", "-c", contract, code=ExitCode.FINDINGS)
    assert not found["equal"]
    assert {(one["kind"], one["namespace"]) for one in found["findings"]} == {
        ("missing", "dev-fraud"),
        ("missing", "dev-lonely"),
    }
    result = CliRunner().invoke(app, ["mesh", *map(str, files[:-3]), "-e", "dev", "-c", str(contract)])
    assert isinstance(result.exception, UsageError)
    assert "ServiceProfile of linkerd.io" in result.exception.what
