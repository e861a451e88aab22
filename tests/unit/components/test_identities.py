"""Groups whose names in the account are those of others in the contract."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pulumi import RunError

from rolecall.components.identities import refuse_names_of_others
from rolecall.provider.registry import RESOURCES
from rolecall.slices.part import part_of
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks.lookups import Lookups
from rolecall.systems.sign_on import chosen_names
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, compiled

WITH_COUNTERPART = CONTRACT.replace(
    "        run_as: trainer\n", "        run_as: trainer\n        counterparts: {conductor: true}\n"
)


def test_nobody_gets_into_what_another_group_holds_in_an_orchestrator(tmp_path: Path) -> None:
    """A name that orchestrators cannot have leaves a group its key there, and another group may be called like it."""
    for text, refused in ((WITH_COUNTERPART, True), (CONTRACT, False)):
        contract = compiled(tmp_path, text)
        names = chosen_names(contract.contract, {"engineers": "a/b", "analysts": "engineers"})
        part = part_of(contract, ACCOUNT, Lookups(orchestrators=names.names, taken=names.taken))
        if refused:
            with pytest.raises(RunError, match="'analysts' of the contract is called like 'engineers' now"):
                refuse_names_of_others(part)
        else:
            refuse_names_of_others(part)
    followed = chosen_names(contract.contract, {"engineers": "analysts", "analysts": "engineers"})
    assert not followed.taken
    refuse_names_of_others(part_of(contract, ACCOUNT, Lookups(orchestrators=followed.names)))


def test_every_type_token_is_one_of_the_provider() -> None:
    texts = [path.read_text(encoding="utf-8") for path in (ROOT / "components").glob("*.py")]
    tokens = {token for text in texts for token in re.findall(r"Native\(\s*\"(rolecall:\w+:\w+)\"", text)}
    assert tokens
    assert tokens <= {*RESOURCES}
