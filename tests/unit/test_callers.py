"""Who may run what: the deployer everything, the previewer previews, others nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.compiled import is_previewer, require_deployer
from rolecall.contract import Contract
from rolecall.errors import UsageError
from tests.support.contracts import CONTRACT, VARIABLES, load

DEPLOYER, PREVIEWER = VARIABLES["DATABRICKS_CLIENT_ID"], "ABCDEF00-2222-4222-8222-222222222222"
DEPLOYERS_LINE = "  deployer: ${env:DATABRICKS_CLIENT_ID}\n"


def contract(folder: Path, previewer: str = PREVIEWER) -> Contract:
    text = CONTRACT.replace(DEPLOYERS_LINE, f"{DEPLOYERS_LINE}  previewer: {previewer}\n")
    return load(folder, text).contract


def signed_in(client: str) -> dict[str, str]:
    return {"DATABRICKS_CLIENT_ID": client}


@pytest.mark.parametrize("previews", [True, False])
def test_the_deployer_and_people_may_do_both(previews: bool, tmp_path: Path) -> None:
    for environment in (signed_in(DEPLOYER), signed_in(DEPLOYER.upper()), {}):
        require_deployer(contract(tmp_path), environment, previews=previews)


@pytest.mark.parametrize("client", [PREVIEWER, PREVIEWER.lower()])
def test_the_previewer_may_preview_only(client: str, tmp_path: Path) -> None:
    found = contract(tmp_path)
    assert is_previewer(found, signed_in(client))
    require_deployer(found, signed_in(client), previews=True)
    with pytest.raises(UsageError, match="allows to preview only"):
        require_deployer(found, signed_in(client))


@pytest.mark.parametrize("previews", [True, False])
def test_somebody_else_may_do_neither(previews: bool, tmp_path: Path) -> None:
    for found in (contract(tmp_path), load(tmp_path).contract):
        assert not is_previewer(found, signed_in("somebody"))
        with pytest.raises(UsageError, match="signs in as somebody"):
            require_deployer(found, signed_in("somebody"), previews=previews)
