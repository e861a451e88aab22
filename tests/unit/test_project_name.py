"""The name of a Pulumi project, and what is said of a file without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.errors import UsageError
from rolecall.project import contract_path, project_name


def test_the_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    assert project_name(tmp_path) == "access"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "runtime: python\n",
        "a: [",
        "- name\n",
        "name: ../../x\n",
        "name: ..\n",
        "name: {a: b}\n",
        "name: !!bool x\n",
    ],
)
def test_a_file_without_a_name_is_a_message_with_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        project_name(tmp_path)
    assert "Pulumi.yaml" in caught.value.what
    assert caught.value.how_to_go_on


@pytest.mark.parametrize("config", ["[a]", "x", "7", "{rolecall:contract: [a]}"])
def test_a_configuration_of_another_form_names_no_contract_or_one(tmp_path: Path, config: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(f"name: access\nconfig: {config}\n")
    contract_path(tmp_path, None, {})
