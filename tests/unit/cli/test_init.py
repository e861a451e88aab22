"""`rolecall init` writes a repository that is valid, reviewed by the right people, and never overwrites anything."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from rolecall.cli.main import app
from rolecall.compiled import compile_file
from rolecall.contract.changes import reaches
from rolecall.errors import UsageError
from tests.conftest import ROOT
from tests.support.contracts import TODAY, VARIABLES


def test_what_it_writes_is_a_valid_contract_with_owners_for_every_file(tmp_path: Path) -> None:
    answer = CliRunner().invoke(app, ["init", str(tmp_path / "access"), "--organization", "initech"])
    assert answer.exit_code == 0, answer.output
    main = tmp_path / "access" / "contract" / "contract.yaml"
    compiled = compile_file(main, TODAY, VARIABLES)
    assert compiled.contract.organization == "initech"
    assert compiled.contract.break_glass is not None
    owners = (tmp_path / "access" / "CODEOWNERS").read_text()
    assert "@initech/platform" in owners
    for project in (main.parent / "projects").iterdir():
        (reach,) = reaches(compiled.loaded, main, [str(project)])
        assert (reach.sort, reach.projects) == ("project", (project.stem,))
        assert f"/contract/projects/{project.name} " in owners
    described = yaml.safe_load((tmp_path / "access" / "Pulumi.yaml").read_text())
    assert (tmp_path / "access" / described["main"] / "__main__.py").read_text() == (
        ROOT / "stacks" / "__main__.py"
    ).read_text()
    assert "@" not in (main.parent / "roles.yaml").read_text(), "nothing is left to fill in"


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").write_text("mine\n")
    answer = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert isinstance(answer.exception, UsageError)
    assert [path.name for path in tmp_path.iterdir()] == ["CODEOWNERS"]


@pytest.mark.parametrize("name", ["Acme", "", "a b", "../x", "@x"])
def test_an_organization_has_a_short_name(tmp_path: Path, name: str) -> None:
    answer = CliRunner().invoke(app, ["init", str(tmp_path / "x"), "--organization", name])
    assert isinstance(answer.exception, UsageError)
    assert not (tmp_path / "x").exists()
