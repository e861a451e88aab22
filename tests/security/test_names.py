"""Names that people take for other names: unseen characters, look-alikes, reserved names, stacks of one name."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.ids.characters import hidden_characters
from rolecall.ids.look_alikes import skeletons
from rolecall.systems.harness.identifiers import identifier
from tests.support.contracts import HEAD
from tests.support.repository import INCLUDE, ids, load, problems, project, repository

CHURN, FRAUD = "contract/projects/churn.yaml", "contract/projects/fraud.yaml"
UNSEEN = {
    "zero-width-space": "\u200b",
    "zero-width-joiner": "\u200d",
    "word-joiner": "\u2060",
    "byte-order-mark": "\ufeff",
    "soft-hyphen": "\u00ad",
    "right-to-left-override": "\u202e",
    "isolate": "\u2066",
    "mark": "\u200f",
    "bell": "\u0007",
    "escape": "\u001b",
    "delete": "\u007f",
    "next-line": "\u0085",
    "line-separator": "\u2028",
    "filler": "\u3164",
    "variation": "\ufe0f",
    "grapheme-joiner": "\u034f",
    "tag": "\U000e0061",
    "private": "\ue000",
    "nobody": "\u0378",
}
PLACES = {
    "group": (INCLUDE + HEAD, "  engineers:", '  "engineers":', "engineers: {", None),
    "job-name": (None, "policy: small\n", 'policy: small\n        name: "jo{}b"\n', "", None),
    "task": (None, "- task_key: train", '- task_key: "tra{}in"', "", None),
    "tag": (None, "    owner: engineers\n", '    owner: engineers\n    tags: {{"a{}b": "x"}}\n', "", None),
    "tag-value": (None, "    owner: engineers\n", '    owner: engineers\n    tags: {{a: "x{}y"}}\n', "", None),
    "binding": (None, "to: engineers", 'to: "engin{}eers"', "", None),
    "owner": (None, "owner: engineers", 'owner: "engin{}eers"', "", None),
    "key": (None, "      train:\n", '      "tra{}in":\n', "", None),
    "subject": (
        None,
        "{trainer: {}}",
        '{{trainer: {{federation: [{{issuer: identity, subject: "re{}po", audience: a}}]}}}}',
        "",
        None,
    ),
    "ticket": (None, "in: [dev]}", 'in: [dev], ticket: "SEC{}-1"}}', "", None),
    "path": (None, "/Workspace/Shared/train.py", '"/Workspace/Sh{}ared/train.py"', "", None),
    "volume": (None, "    jobs:\n", '    datasets: {{d: {{volumes: ["v{}w"]}}}}\n    jobs:\n', "", None),
}


def escaped(character: str) -> str:
    """Return a character as YAML's double quotes take it, so that the reader does not refuse it first."""
    return f"\\U{ord(character):08X}"


@pytest.mark.parametrize("character", UNSEEN)
@pytest.mark.parametrize("place", [name for name in PLACES if name != "group"])
def test_nothing_that_nobody_sees_stands_in_a_name(tmp_path: Path, character: str, place: str) -> None:
    _, old, new, _, _ = PLACES[place]
    text = project("churn")
    assert old in text
    changed = text.replace(old, new.format(escaped(UNSEEN[character])), 1)
    found = problems(repository(tmp_path, {CHURN: changed}))
    assert any("invisible characters" in f"{one.what} {one.allowed}" for one in found), "\n".join(map(str, found))
    assert all(UNSEEN[character] not in str(one) for one in found), "a message that nobody can read"


@pytest.mark.parametrize("character", UNSEEN)
def test_nor_in_the_name_of_a_group(tmp_path: Path, character: str) -> None:
    head = (INCLUDE + HEAD).replace("  analysts: {", f'  "ana{escaped(UNSEEN[character])}lysts": {{')
    found = problems(repository(tmp_path, head=head))
    assert any("invisible characters" in f"{one.what} {one.allowed}" for one in found)


def test_descriptions_may_have_lines_and_emoji_and_no_more(tmp_path: Path) -> None:
    fine = project("churn", '    description: "Two\\nlines \\U0001F469\\u200D\\U0001F4BB"\n')
    load(repository(tmp_path / "fine", {CHURN: fine}))
    bad = project("churn", '    description: "safe \\u202E evas"\n')
    assert ids(problems(repository(tmp_path / "bad", {CHURN: bad}))) == {"hidden-character"}


@pytest.mark.parametrize(("old", "new"), [("policy: small\n", 'policy: small\n        name: "cafe\\u0301"\n'),
                                          ("owner: engineers", 'owner: "caf\\u0065\\u0301"')])  # fmt: skip
def test_names_have_one_normal_form(tmp_path: Path, old: str, new: str) -> None:
    found = problems(repository(tmp_path, {CHURN: project("churn").replace(old, new)}))
    assert any("composed" in f"{one.what} {one.allowed}" for one in found)


ALIKE = [
    ("engineers", "\u0435ngineers"),  # Cyrillic e
    ("engineers", "engineer\u0455"),
    ("engineers", "\uff45ngineers"),  # full width
    ("engineers", "\U0001d41engineers"),
    ("analysts", "ana1ysts"),
    ("analysts", "anaIysts"),
    ("0ps", "Ops"),
    ("ops1", "opsl"),
    ("burn", "bum"),
    ("pay ments", "pay\u00a0ments"),
    ("\u0440\u0430\u0443", "pay"),  # all Cyrillic
]


@pytest.mark.parametrize(("first", "second"), ALIKE)
def test_two_groups_never_look_alike(tmp_path: Path, first: str, second: str) -> None:
    declared = "".join(
        f'  "{name}": {{external: 00g-{number}}}\n'
        for number, name in enumerate((first, second))
        if name not in ("engineers", "analysts")
    )
    head = INCLUDE + HEAD.replace("groups:\n", f"groups:\n{declared}")
    assert ids(problems(repository(tmp_path, head=head))) & {"names-look-alike", "wrong-value"}


def test_a_projects_job_never_looks_like_another_projects(tmp_path: Path) -> None:
    """A reader of the workspace cannot distinguish them, whatever their keys are."""
    files = {
        FRAUD: project("fraud").replace("policy: small\n", "policy: small\n        name: fraud-score\n"),
        CHURN: project("churn").replace("policy: small\n", 'policy: small\n        name: "fr\\u0430ud-score"\n'),
    }
    assert ids(problems(repository(tmp_path, files))) == {"names-look-alike"}


def test_keys_in_a_project_never_look_alike(tmp_path: Path) -> None:
    text = project("churn").replace("{trainer: {}}", "{trainer: {}, teaml: {}, team1: {}}")
    assert "names-look-alike" in ids(problems(repository(tmp_path, {CHURN: text})))


@pytest.mark.parametrize(
    "name",
    ["users", "Users", "USERS", "account users", "Account Users", "admins", "ADMINS", "us\u0435rs", "adm\u0456ns"],
)
def test_reserved_groups_in_any_case_and_look(tmp_path: Path, name: str) -> None:
    head = INCLUDE + HEAD.replace("groups:\n", f'groups:\n  "{name}": {{external: 00g-x}}\n')
    assert ids(problems(repository(tmp_path, head=head))) & {"reserved-name"}


@pytest.mark.parametrize("name", ["users", "Users", "admins", "ADMINS"])
def test_a_service_principal_is_not_called_like_everybody(tmp_path: Path, name: str) -> None:
    text = project("churn").replace("{trainer: {}}", f"{{trainer: {{}}, {name}: {{}}}}")
    assert "reserved-name" in ids(problems(repository(tmp_path, {CHURN: text})))


@pytest.mark.parametrize("name", ["account", "Account", "ACCOUNT"])
def test_an_environment_is_not_called_like_the_accounts_stack(tmp_path: Path, name: str) -> None:
    head = (INCLUDE + HEAD).replace("  dev: {workspace", f"  {name}: {{workspace: nonprod}}\n  dev: {{workspace")
    assert problems(repository(tmp_path, head=head))


@pytest.mark.parametrize("environment", ["prod.churn", "Prod.Churn", "dev.churn"])
def test_an_environment_is_not_called_like_a_stack(tmp_path: Path, environment: str) -> None:
    head = (INCLUDE + HEAD).replace("  dev: {workspace", f"  {environment}: {{workspace: nonprod}}\n  dev: {{workspace")
    assert "names-collide" in ids(problems(repository(tmp_path, head=head)))


def test_two_stacks_never_have_one_name(tmp_path: Path) -> None:
    """Environment `prod` with project `eu.churn`, environment `prod.eu` with project `churn`."""
    head = (INCLUDE + HEAD).replace("  dev: {workspace", "  prod.eu: {workspace: nonprod}\n  dev: {workspace")
    files = {"contract/projects/eu.churn.yaml": project("eu.churn")}
    assert "names-collide" in ids(problems(repository(tmp_path, files, head)))


@pytest.mark.parametrize("name", ["fraud-train ", " fraud-train", "fraud-train\u00a0", "fraud-train\u2003"])
def test_a_job_is_not_called_like_anothers_but_for_a_blank(tmp_path: Path, name: str) -> None:
    text = project("churn").replace("policy: small\n", f'policy: small\n        name: "{name}"\n')
    assert "names-look-alike" in ids(problems(repository(tmp_path, {CHURN: text})))


@pytest.mark.parametrize("address", ["https://A.cloud.databricks.com:443", "https://a.cloud.databricks.com/"])
def test_one_workspace_has_one_name(tmp_path: Path, address: str) -> None:
    """Development and production at once: what is bound in one of them would hold in both."""
    head = (INCLUDE + HEAD).replace('"${env:ML_NONPROD_HOST}"', "https://a.cloud.databricks.com")
    head = head.replace('"${env:ML_PROD_HOST}"', f'"{address}"')
    (problem,) = problems(repository(tmp_path, head=head))
    assert problem.id == "declared-twice"


def test_other_alphabets_are_fine(tmp_path: Path) -> None:
    names = [
        "\u0430\u043d\u0430\u043b\u0438\u0442\u0438\u043a\u0438",
        "\u6570\u636e\u79d1\u5b66",
        "donn\u00e9es",
        "M\u00fcller",
    ]
    groups = "groups:\n" + "".join(f"  {name}: {{external: 00g-{n}}}\n" for n, name in enumerate(names))
    load(repository(tmp_path, head=INCLUDE + HEAD.replace("groups:\n", groups)))


def test_skeletons_of_ordinary_names_differ() -> None:
    names = ["dev", "prod", "staging", "engineers", "analysts", "job-1", "job-2", "job-10", "a.b", "a-b", "A_b", "mm"]
    assert len({skeleton for name in names for skeleton in skeletons(name)}) == len(names)
    assert hidden_characters("plain text, \u00e9\u00e8") == []


def test_no_group_is_called_like_the_identifier_of_another_one() -> None:
    """In Harness groups are known by identifiers: who chooses the name of a group would get the rights of another."""
    for name in ("ml-team", "ml team", "ml_team", "data science"):
        made = identifier(name)
        assert identifier(made) != identifier(name) or made == name
