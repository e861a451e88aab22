"""`rolecall init` writes a repository that is valid, reviewed by the right people, and never overwrites anything."""

from __future__ import annotations

import io
import tomllib
from pathlib import Path

import pytest
import yaml
from typer.testing import CliRunner

from rolecall.access.observation import Role
from rolecall.cli.init import init as write
from rolecall.cli.main import app
from rolecall.compiled import compile_file
from rolecall.contract.changes import reaches
from rolecall.errors import UsageError
from rolecall.starting.choices import CiChoice, CloudChoice
from rolecall.starting.systems import offered
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


@pytest.mark.parametrize("ci", CiChoice)
@pytest.mark.parametrize("cloud", CloudChoice)
@pytest.mark.parametrize("orchestrators", [(), ("conductor",), ("conductor", "harness", "prefect")])
@pytest.mark.parametrize("identity_provider", offered(Role.IDENTITY_PROVIDER))
def test_every_choice_gives_a_valid_contract(
    tmp_path: Path, identity_provider: str, orchestrators: tuple[str, ...], cloud: str, ci: str
) -> None:
    arguments = ["init", str(tmp_path / "x"), "--identity-provider", identity_provider, "--cloud", cloud, "--ci", ci]
    arguments += [part for name in orchestrators for part in ("--orchestrator", name)]
    answer = CliRunner().invoke(app, arguments)
    assert answer.exit_code == 0, answer.output
    main = tmp_path / "x" / "contract" / "contract.yaml"
    compiled = compile_file(main, TODAY, {}, placeholders=True)
    assert compiled.contract.identity is not None
    assert compiled.contract.identity.provider == identity_provider
    counterparts = compiled.contract.projects["churn"].jobs["train"].counterparts or {}
    assert {*counterparts} == {*orchestrators}
    described = yaml.safe_load((main.parent / "emulators.yaml").read_text())
    expected = {"databricks", identity_provider, *orchestrators, *(["cluster"] if orchestrators else [])}
    assert {*described} == expected, "an emulator for each system of the contract"
    workflows = {
        "github": ".github/workflows/check.yml",
        "gitlab": ".gitlab-ci.yml",
        "harness": ".harness/access.yaml",
        "azure-devops": "azure-pipelines.yml",
    }
    assert [name for name, file in workflows.items() if (tmp_path / "x" / file).exists()] == [ci] * (ci != "none")
    if ci != "none":
        workflow = (tmp_path / "x" / workflows[ci]).read_text()
        assert yaml.safe_load(workflow)
        assert "rolecall review" in workflow, "a reviewer reads who gains and who loses"
        assert all(name in workflow for name in compiled.loaded.values.unset), "all variables that the contract reads"
    packaging = tomllib.loads((tmp_path / "x" / "pyproject.toml").read_text())
    assert ("prefect" in str(packaging["project"]["dependencies"])) == ("prefect" in orchestrators)


def test_it_asks_at_a_terminal(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    monkeypatch.setattr("sys.stdin", Terminal("initech\nldap\nentra\nharness prefect\ngcp\nnone\n"))
    write(tmp_path / "x")
    contract = (tmp_path / "x" / "contract" / "contract.yaml").read_text()
    assert "organization: initech" in contract
    assert "provider: entra" in contract
    assert (
        "counterparts: {harness: {in: [dev]}, prefect: true}"
        in (tmp_path / "x" / "contract" / "projects" / "churn.yaml").read_text()
    )
    assert not (tmp_path / "x" / ".github").exists()


def test_it_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "CODEOWNERS").write_text("mine\n")
    answer = CliRunner().invoke(app, ["init", str(tmp_path)])
    assert isinstance(answer.exception, UsageError)
    assert [path.name for path in tmp_path.iterdir()] == ["CODEOWNERS"]


@pytest.mark.parametrize("option", ["--identity-provider", "--orchestrator"])
def test_a_system_that_is_not_installed_is_refused_with_those_that_are(tmp_path: Path, option: str) -> None:
    answer = CliRunner().invoke(app, ["init", str(tmp_path / "x"), option, "ldap"])
    assert isinstance(answer.exception, UsageError)
    assert ("okta" if option == "--identity-provider" else "prefect") in answer.exception.how_to_go_on
    assert not (tmp_path / "x").exists()


@pytest.mark.parametrize("name", ["Acme", "", "a b", "../x", "@x"])
def test_an_organization_has_a_short_name(tmp_path: Path, name: str) -> None:
    answer = CliRunner().invoke(app, ["init", str(tmp_path / "x"), "--organization", name])
    assert isinstance(answer.exception, UsageError)
    assert not (tmp_path / "x").exists()
