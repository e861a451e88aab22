"""What no system deploys is refused before anything is read or written."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.compiled import compile_file, require_deployable, require_deployer
from rolecall.errors import UsageError
from tests.conftest import ROOT
from tests.support.contracts import TODAY, VARIABLES

CASES = ROOT / "tests" / "cases" / "contract"


@pytest.mark.parametrize("what", ["services", "service accounts"])
def test_kubernetes_is_refused_and_named(tmp_path: Path, what: str) -> None:
    text = (CASES / "cluster-valid.yaml").read_text(encoding="utf-8")
    if what == "service accounts":
        text = text.partition("    services:")[0]
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    contract = compile_file(path, TODAY, VARIABLES).contract
    with pytest.raises(UsageError, match="neither deploys nor compares"):
        require_deployable(contract)
    with pytest.raises(UsageError, match="neither deploys nor compares"):
        require_deployer(contract, {}, previews=True)
