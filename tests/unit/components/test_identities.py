"""Groups whose names in the account are those of others in the contract."""

from __future__ import annotations

from pathlib import Path

import pytest
from pulumi import RunError

from rolecall.components.identities import refuse_names_of_others
from rolecall.slices.part import part_of
from rolecall.slices.slice import ACCOUNT
from rolecall.systems.databricks.lookups import FoundGroup, Lookups
from tests.support.contracts import CONTRACT, compiled

WITH_COUNTERPART = CONTRACT.replace(
    "        run_as: trainer\n", "        run_as: trainer\n        counterparts: {conductor: true}\n"
)


def test_swapped_keys_let_nobody_into_what_the_other_group_holds_in_an_orchestrator(tmp_path: Path) -> None:
    engineers, analysts = FoundGroup("1", "00g-engineers", "analysts"), FoundGroup("2", "00g-analysts", "engineers")
    swapped = Lookups(groups={"engineers": engineers, "analysts": analysts})
    for text, refused in ((WITH_COUNTERPART, True), (CONTRACT, False)):
        part = part_of(compiled(tmp_path, text), ACCOUNT, swapped)
        if refused:
            with pytest.raises(RunError, match="is called 'analysts' in the account, and conductor would"):
                refuse_names_of_others(part)
        else:
            refuse_names_of_others(part)
    renamed = Lookups(groups={"engineers": FoundGroup("1", "00g-engineers", "engineering")})
    refuse_names_of_others(part_of(compiled(tmp_path, WITH_COUNTERPART), ACCOUNT, renamed))
