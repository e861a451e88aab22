"""The commands that put questions to the access graph, as users call them."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from rolecall.access.graph.graph import Hop
from rolecall.access.graph.nodes import Origin, OriginType
from rolecall.access.graph.questions import Answer
from rolecall.access.graph.words import steps
from rolecall.cli.main import app
from rolecall.console.drawings import drawing
from rolecall.errors import UsageError
from rolecall.ids.ids import GroupId
from tests.support.contracts import CONTRACT, VARIABLES, write
from tests.support.documents import document

runner = CliRunner()
TEXT = CONTRACT.replace(
    "        tasks:\n",
    "        git_source: {git_url: 'https://github.com/acme/churn.git', git_provider: gitHub}\n        tasks:\n",
    1,
)
TEXT = (
    TEXT.replace("      - {role: viewer", "      - {role: keeper, to: trainer, in: [dev]}\n      - {role: viewer", 1)
    .replace("roles:\n", "roles:\n  keeper: [{may: manage, kind: secret_scope}]\n")
    .replace("    jobs:\n", "    secret_scopes: {keys: {}}\n    jobs:\n", 1)
)


@pytest.fixture(autouse=True)
def _variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)


def run(folder: Path, *arguments: str, text: str = TEXT) -> str:
    path = write(folder, text)
    result = runner.invoke(app, [*arguments, "--contract", str(path)], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


def rows(folder: Path, *arguments: str, text: str = TEXT) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = document(arguments, run(folder, *arguments, "--format", "json", text=text))["answers"]
    return found


def test_who_can_names_those_who_get_there_in_several_steps(tmp_path: Path) -> None:
    found = rows(tmp_path, "who-can", "view", "secret_scope:churn/keys", "--environment", "dev")
    engineers = next(one for one in found if one["subject"] == "engineers")
    assert (engineers["action"], engineers["object"], engineers["environment"]) == ("view", "churn/keys", "dev")
    (path,) = engineers["paths"]
    assert engineers["all_paths"] is True
    assert [step["to"] for step in path] == [
        "edit job churn/train in dev",
        "service principal churn/trainer in dev",
        "manage secret scope churn/keys in dev",
        "view secret scope churn/keys in dev",
    ]
    assert path[0]["reasons"][0]["role"] == "engineer"
    lines = (tmp_path / "contract.yaml").read_text().splitlines()
    place = path[0]["reasons"][0]["place"].rpartition(":")
    assert "role: engineer" in lines[int(place[2]) - 1]
    assert {one["subject"] for one in found} >= {"churn/trainer", "emergency", "repository github.com/acme/churn"}
    assert "analysts" not in {one["subject"] for one in found}


def test_a_verb_that_the_object_lacks_means_the_next_one(tmp_path: Path) -> None:
    found = rows(tmp_path, "who-can", "run", "secret_scope:churn/keys", "--environment", "dev")
    assert {one["action"] for one in found} == {"edit"}


def test_what_can_lists_the_strongest_right_on_each_object(tmp_path: Path) -> None:
    found = rows(tmp_path, "what-can", "engineers", "--environment", "dev")
    assert {(one["action"], one["object"]) for one in found} >= {
        ("edit", "churn/train"),
        ("manage", "churn/keys"),
        ("act as", "churn/trainer"),
    }
    assert {one["environment"] for one in found} <= {"dev", None}
    assert rows(tmp_path, "what-can", "analysts", "--environment", "dev")


def test_a_path_leads_to_a_subject_or_to_an_object(tmp_path: Path) -> None:
    (one,) = rows(tmp_path, "path", "engineers", "churn/trainer", "--environment", "dev")
    assert [step["step"] for step in one["paths"][0]] == ["may", "runs as"]
    (one,) = rows(tmp_path, "path", "engineers", "job churn/train", "--environment", "dev")
    assert one["action"] == "view"
    assert rows(tmp_path, "path", "analysts", "churn/trainer") == []
    assert "there is no way" in run(tmp_path, "path", "analysts", "churn/trainer")


def test_the_blast_radius_of_a_repository_is_what_its_jobs_can(tmp_path: Path) -> None:
    for name in (
        "github.com/acme/churn",
        "https://github.com/acme/churn",
        "acme/churn",
        "git@github.com:acme/churn.git",
    ):
        found = rows(tmp_path, "blast-radius", name, "--environment", "dev")
        assert (found[0]["action"], found[0]["object"]) == ("act as", "churn/trainer"), "the worst comes first"
        assert ("manage", "churn/keys") in {(one["action"], one["object"]) for one in found}


def test_what_if_a_group_went_says_who_loses_what(tmp_path: Path) -> None:
    told = document(("what-if",), run(tmp_path, "what-if", "--remove-group", "engineers", "--format", "json"))
    lost = {(one["subject"], one["object"], one["before"], one["after"]) for one in told["rights"]}
    assert ("engineers", "churn/train", "edit", None) in lost
    assert ("engineers", "churn/keys", "manage", None) in lost
    assert told["ended_escalations"] == ["engineers may act as churn/trainer in dev"]
    assert told["refused"] == []


def test_what_if_a_binding_came_says_what_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path, TEXT)
    binding = "role=engineer,to=analysts,in=dev+prod,project=churn"
    command = ["what-if", "--add-binding", binding, "--contract", str(path), "--format"]
    result = runner.invoke(app, [*command, "json"])
    assert result.exit_code == 1
    told = document(("what-if",), result.stdout)
    assert ("analysts", "churn/train", "prod", "view", "edit") in {
        (one["subject"], one["object"], one["environment"], one["before"], one["after"]) for one in told["rights"]
    }
    assert told["new_escalations"] == [
        "analysts may act as churn/trainer in dev",
        "analysts may act as churn/trainer in prod",
    ]
    assert [one["id"] for one in told["refused"]] == ["escalation"]
    for output in ("table", "markdown", "csv"):
        shown = runner.invoke(app, [*command, output]).stdout
        assert "churn/train" in shown
    assert isinstance(runner.invoke(app, [*command, "dot"]).exception, UsageError)


WRONG = {
    "verb": (["who-can", "chew", "churn/train"], "edit"),
    "object": (["who-can", "edit", "churn/trian"], "churn/train"),
    "object of a kind": (["who-can", "edit", "dataset:churn/train"], "nothing"),
    "subject": (["what-can", "enginers"], "engineers"),
    "start": (["path", "enginers", "churn/train"], "engineers"),
    "end": (["path", "engineers", "churn/trian"], "churn/train"),
    "group": (["what-if", "--remove-group", "enginers"], "engineers"),
    "break-glass group": (["what-if", "--remove-group", "emergency"], "by rule"),
    "binding": (["what-if", "--add-binding", "engineer"], "role=ROLE"),
    "role": (["what-if", "--add-binding", "role=enginer,to=analysts,in=dev"], "engineer"),
    "environment of a binding": (["what-if", "--add-binding", "role=engineer,to=analysts,in=dve"], "dev"),
    "nobody": (["what-if", "--add-binding", "role=engineer,to=analysis,in=dev"], "analysts"),
    "nothing": (["what-if"], "--remove-group"),
}


@pytest.mark.parametrize("case", WRONG)
def test_what_there_is_not_is_an_error_that_says_what_there_is(tmp_path: Path, case: str) -> None:
    arguments, hint = WRONG[case]
    result = runner.invoke(app, [*arguments, "--contract", str(write(tmp_path, TEXT))])
    assert isinstance(result.exception, UsageError)
    assert hint in result.exception.how_to_go_on


def test_questions_are_answered_for_a_contract_that_allows_too_much(tmp_path: Path) -> None:
    text = TEXT.replace("to: engineers, in: [dev]", "to: engineers, in: [dev, prod]")
    path = write(tmp_path, text)
    assert runner.invoke(app, ["check", str(path)]).exit_code != 0
    assert rows(tmp_path, "path", "engineers", "churn/trainer", "--environment", "prod", text=text)


def test_every_format_shows_the_path(tmp_path: Path) -> None:
    arguments = ("path", "engineers", "churn/trainer", "--environment", "dev", "--format")
    assert "runs as" in run(tmp_path, *arguments, "table")
    assert "| engineers | group |" in run(tmp_path, *arguments, "markdown")
    (row,) = csv.DictReader(io.StringIO(run(tmp_path, *arguments, "csv")))
    assert (row["subject"], row["action"], row["object"], row["steps"], row["roles"]) == (
        "engineers",
        "act as",
        "churn/trainer",
        "2",
        "engineer",
    )
    dot = run(tmp_path, *arguments, "dot")
    assert dot.startswith("digraph access {")
    assert re.search(r'n\d -> n\d \[label="may \(role engineer, .*contract.yaml:\d+\)"\];', dot)
    assert "flowchart LR" in run(tmp_path, *arguments, "mermaid")
    graph = json.loads(run(tmp_path, *arguments, "opengraph"))["graph"]
    ids = {one["id"] for one in graph["nodes"]}
    assert len(ids) == len(graph["nodes"]) == 3
    assert all({one["start"]["value"], one["end"]["value"]} <= ids for one in graph["edges"])
    assert all(re.fullmatch(r"[A-Za-z0-9_]+", one["kind"]) for one in graph["edges"])


def test_names_are_no_markup_of_a_drawing() -> None:
    group = GroupId('a"]; x -> y [label="\n\u202e<b>')
    hop = Hop(Origin(OriginType.IMAGE, "r/i\\"), group, "is")
    answer = Answer(group, group, ((hop,),))
    for form in ("dot", "mermaid"):
        text = drawing([(answer, [steps([hop], {})])], form)
        assert "\u202e" not in text
        assert not re.search(r'(?<!\\)"\]; x', text)
    assert r'\"]; x -> y [label=\"\\n\\u202e<b>"' in drawing([(answer, [steps([hop], {})])], "dot")
    assert "#34;" in drawing([(answer, [steps([hop], {})])], "mermaid")
    json.loads(drawing([(answer, [steps([hop], {})])], "opengraph"))
