"""Policy packs by their names: Rolecall's own from wherever it is installed, a user's by path."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from rolecall import packs
from rolecall.contract.packs import OWN_PACKS, own_packs
from rolecall.errors import InvalidContract, UsageError
from rolecall.packs import is_pack, pack_folder
from rolecall.policies.catalogue import PACKS
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, load


def test_every_pack_has_a_name() -> None:
    assert {*own_packs()} == {f"rolecall:{name}" for name in PACKS}


def test_in_a_checkout_a_pack_is_its_own_folder(tmp_path: Path) -> None:
    if (ROOT / ".venv").resolve() == Path(sys.prefix).resolve():
        assert pack_folder(tmp_path, tmp_path, "rolecall:guardrails") == ROOT / "policies" / "guardrails"
    assert pack_folder(tmp_path, tmp_path / "base", "policies/mine") == tmp_path / "base" / "policies" / "mine"


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rolecall is installed, and its packs name an environment that is not there."""
    monkeypatch.setattr(packs, "_runs_here", lambda pack: False)


def test_an_installed_pack_runs_in_the_environment_of_rolecall(elsewhere: None, tmp_path: Path) -> None:
    folder = pack_folder(tmp_path, tmp_path, "rolecall:guardrails")
    described = yaml.safe_load((folder / "PulumiPolicy.yaml").read_text())
    assert described["runtime"] == {"name": "python", "options": {"virtualenv": sys.prefix}}
    assert (folder / "__main__.py").read_bytes() == (OWN_PACKS / "guardrails" / "__main__.py").read_bytes()
    assert is_pack(tmp_path, tmp_path, "rolecall:guardrails", folder)
    assert is_pack(tmp_path, tmp_path, "rolecall:guardrails", OWN_PACKS / "guardrails")
    assert not is_pack(tmp_path, tmp_path, "rolecall:guardrails", OWN_PACKS / "cost")
    # Somebody's changed copy is not the pack, and the next run writes it again.
    (folder / "__main__.py").write_text("")
    assert not is_pack(tmp_path, tmp_path, "rolecall:guardrails", folder)
    assert is_pack(tmp_path, tmp_path, "rolecall:guardrails", pack_folder(tmp_path, tmp_path, "rolecall:guardrails"))


def test_an_unknown_name_is_an_error_that_suggests_the_nearest(tmp_path: Path) -> None:
    with pytest.raises(UsageError) as refused:
        pack_folder(tmp_path, tmp_path, "rolecall:guardrail")
    assert "rolecall:guardrails" in refused.value.how_to_go_on


def test_a_contract_may_require_a_pack_by_name(tmp_path: Path) -> None:
    required = "policy_packs: [rolecall:guardrails]\n"
    assert load(tmp_path, CONTRACT + required).contract.policy_packs == ["rolecall:guardrails"]
    with pytest.raises(InvalidContract) as refused:
        load(tmp_path, CONTRACT + "policy_packs: [rolecall:guards]\n")
    assert [problem.id for problem in refused.value.problems] == ["unknown-policy-pack"]
