"""The JSON documents of commands: each has a schema that is up to date, and real output conforms to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.main import get_command
from typer.testing import CliRunner

from rolecall.access.expiring import Expiry
from rolecall.cli.main import app
from rolecall.console.deployment import _json
from rolecall.documents.registry import DOCUMENTS, FOLDER, schema_of
from rolecall.engine.events import Outcome, ResourceStep, Violation
from rolecall.engine.planned import PlannedChange, PropertyChange
from rolecall.errors import Place, UsageError
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind
from rolecall.parity.report import Cell, CellState, Ending, Finding, FindingKind, Matrix, Report, Row, SystemSummary
from rolecall.slices.access_changes import AccessChange
from tests.generators.schemas import schemas
from tests.support.contracts import CONTRACT, TODAY, VARIABLES, write
from tests.support.documents import document

ESCALATING = CONTRACT.replace("roles:\n", "roles:\n  user: [{may: run, kind: service_principal}]\n")


def json_commands(group: object = None, prefix: str = "") -> Iterator[str]:
    """Yield the commands that can write JSON."""
    for name, command in getattr(group or get_command(app), "commands", {}).items():
        if hasattr(command, "commands"):
            yield from json_commands(command, f"{prefix}{name} ")
            continue
        for option in command.params:
            choices = getattr(getattr(option, "type_descriptor", None), "annotation", None)
            is_json = isinstance(choices, type) and issubclass(choices, StrEnum) and "json" in [*choices]
            if "--json" in option.opts or ("--format" in option.opts and is_json):
                yield f"{prefix}{name}"


def test_every_command_that_writes_json_has_a_schema() -> None:
    assert sorted(json_commands()) == sorted(DOCUMENTS)


def test_the_schemas_are_up_to_date() -> None:
    """Run `make generate`."""
    assert {path.name: path.read_text() for path in FOLDER.glob("*.json")} == schemas()


@pytest.mark.parametrize("command", DOCUMENTS)
def test_a_schema_is_valid_requires_a_version_and_describes_every_field(command: str) -> None:
    schema = schema_of(command)
    Draft202012Validator.check_schema(schema)
    roots = [schema["$defs"][one["$ref"].rpartition("/")[2]] for one in schema.get("anyOf", [])] or [schema]
    for root in roots:
        assert root["properties"]["schema_version"]["const"] == 1
        assert "schema_version" in root["required"]
    for model in (*roots, *schema.get("$defs", {}).values()):
        assert model["additionalProperties"] is False
        assert all(one.get("description") for one in model["properties"].values())
    assert CliRunner().invoke(app, ["schema", command]).stdout == json.dumps(schema, indent=2) + "\n"


def test_a_command_without_a_document_is_refused() -> None:
    with pytest.raises(UsageError, match="'demo' writes no JSON document"):
        schema_of("demo")


@pytest.mark.parametrize(
    "arguments",
    [
        ("check",),
        ("check", "--changed", "contract.yaml"),
        ("grants", "--all"),
        ("escalations",),
        ("expiring",),
        ("diff", "--environments", "dev", "prod"),
        ("policy", "list"),
        ("policy", "explain", "warehouse-stops-when-idle"),
        ("doctor",),
    ],
    ids=" ".join,
)
def test_real_output_conforms(arguments: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in VARIABLES.items():
        monkeypatch.setenv(name, value)
    write(tmp_path, ESCALATING)
    form = ("--json",) if arguments == ("doctor",) else ("--format", "json")
    file = () if arguments[0] in ("policy", "doctor") else ("contract.yaml",)
    command = arguments[:1] if arguments[0] != "policy" else arguments[:2]
    result = CliRunner().invoke(app, [*command, *file, *arguments[len(command) :], *form])
    assert result.exit_code in (0, 1), result.output
    document(arguments, result.stdout)


def test_a_document_that_lacks_a_field_or_has_another_is_refused() -> None:
    good: dict[str, Any] = {"schema_version": 1, "variables": {"A": "b"}}
    document(("env",), json.dumps(good))
    bad: dict[str, Any]
    for bad in ({**good, "more": 1}, {"variables": {}}, {**good, "schema_version": 2}, {**good, "variables": {"A": 1}}):
        with pytest.raises(AssertionError):
            document(("env",), json.dumps(bad))


def test_a_full_parity_report_and_outcome_conform() -> None:
    place = Place("contract.yaml", 1)
    expiry = Expiry("binding", "of a", TODAY + timedelta(1), "", None, "it ends")
    target = ObjectId("dev", Kind.JOB, "churn", "train")
    matrix = Matrix(("people in okta",), (Row("engineers", (Cell("3", CellState.EQUAL),)),))
    report = Report(
        (SystemSummary("okta", 1, 2, 3, 4, 0.5, failure="refused"),),
        (
            Finding("databricks", FindingKind.EXTRA, target, "eve", "", "edit", place, how="rolecall up --refresh"),
            Finding("okta", FindingKind.UNKNOWN, None, "", "", "refused", group="analysts", resource="r", property="p"),
        ),
        matrix,
        matrix,
        (Ending("soon", expiry.to_json(TODAY)),),
        others=(("okta", "group x"),),
    )
    document(("parity",), json.dumps(report.to_json()))
    outcome = Outcome(
        changes={"create": 1},
        violations=[Violation("rule", "pack", "resource", "message", mandatory=True)],
        errors=[("resource", "message")],
        warnings=["warning"],
        exit_code=1,
        finished=[ResourceStep("create", "type", "name")],
        undone=[ResourceStep("update", "type", "name")],
        resource_changes=[PlannedChange("create", "type", "name", properties=(PropertyChange("path", "1", ""),))],
    )
    access = [AccessChange("analysts", "job churn/train in dev", "dev", "", "CAN_VIEW").to_json()]
    stacks = {"dev": _json(outcome, "rolecall up dev"), "prod": _json(Outcome(not_run="dev failed"), None)}
    document(("up",), json.dumps({"schema_version": 1, "access": access, "forecast": None, "stacks": stacks}))
