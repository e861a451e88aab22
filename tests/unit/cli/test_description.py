"""emulators.yaml: its schema, and messages with file and line for a wrong one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from rolecall.console.frames import Sources
from rolecall.errors import InvalidDescription
from rolecall.local.description import description_schema, read_description
from tests.conftest import ROOT

RIGHT = (ROOT / "stacks" / "acme" / "emulators.yaml").read_text()
USER = "users: [{name: ada@acme.example, groups: [nobody]}]"


FILES = [*ROOT.glob("stacks/*/emulators.yaml"), *ROOT.glob("tests/fixtures/**/emulators.yaml")]


@pytest.mark.parametrize("file", FILES)
def test_those_of_the_project_are_right(file: Path) -> None:
    read_description(file)
    schema = jsonschema.Draft202012Validator(description_schema())
    assert [one.message for one in schema.iter_errors(yaml.safe_load(file.read_text()))] == []


@pytest.mark.parametrize(
    ("text", "part", "words"),
    [
        (f"conductor: {{{USER}}}", "nobody", "conductor: user ada@acme.example is in the group 'nobody', which"),
        (f"okta: {{{USER}}}", "nobody", "okta: user ada@acme.example is in the group 'nobody', which does not exist"),
        (f"entra: {{{USER}}}", "nobody", "entra: user ada@acme.example is in the group 'nobody', which does not exist"),
        ("entra: {groups: [{name: a, groups: [b]}]}", "b", "entra: group a holds the group 'b', which does not exist"),
        ("prefect: {users: [{name: ada, teams: [b]}]}", "b", "user ada is in the team 'b', which does not exist"),
        ("okta: {users: [{name: ada, grops: []}]}", "grops", "Did you mean 'groups'?"),
        ("octa: {}", "octa", "there is no emulator 'octa'"),
        ("okta: [a]", "okta", "okta is a list"),
        ("databricks:", "databricks", "databricks has no 'account_id', 'workspaces', 'deployer'"),
        ("okta: {groups: [{name: no}]}", "no", "Without quotes, no is the switch false"),
    ],
)
def test_a_wrong_one_gets_messages(text: str, part: str, words: str, tmp_path: Path) -> None:
    file = tmp_path / "emulators.yaml"
    file.write_text(f"{text}\n")
    with pytest.raises(InvalidDescription) as caught:
        read_description(file)
    assert words in str(caught.value)
    assert "the description of the emulators has 1 problem" in str(caught.value)
    frame = Sources(caught.value.problems).frame(caught.value.problems[0])
    assert frame is not None
    assert frame.text is not None
    assert frame.text[frame.column - 1 :].startswith(part)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"person": "eve@acme.example"}, "the person 'eve@acme.example' is no user"),
        ({"users": [{"name": "ada", "groups": ["x"]}]}, "user ada is in the group 'x', which does not exist"),
        ({"workspaces": [{"name": "w", "metastore": "m"}]}, "workspace w has the metastore 'm', which does not exist"),
    ],
)
def test_names_of_the_account_are_checked(change: dict[str, Any], words: str, tmp_path: Path) -> None:
    described = yaml.safe_load(RIGHT)
    described["databricks"] |= change
    file = tmp_path / "emulators.yaml"
    file.write_text(yaml.safe_dump(described))
    with pytest.raises(InvalidDescription, match=words):
        read_description(file)


def test_the_schema_finds_a_wrong_key() -> None:
    schema = jsonschema.Draft202012Validator(description_schema())
    assert [*schema.iter_errors({"okta": {"user": []}})]
