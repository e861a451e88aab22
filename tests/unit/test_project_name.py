"""The name of a Pulumi project, and what is said of a file without one."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.errors import UsageError
from rolecall.project import project_name


def test_the_name_is_read(tmp_path: Path) -> None:
    (tmp_path / "Pulumi.yaml").write_text("name: access\nruntime: python\n")
    assert project_name(tmp_path) == "access"


@pytest.mark.parametrize("text", ["", "runtime: python\n", "a: [", "- name\n"])
def test_a_file_without_a_name_is_a_message_with_the_file(tmp_path: Path, text: str) -> None:
    (tmp_path / "Pulumi.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        project_name(tmp_path)
    assert "Pulumi.yaml" in caught.value.what
    assert caught.value.how_to_go_on
