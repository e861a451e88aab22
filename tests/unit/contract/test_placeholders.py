"""A contract is checked without the variables that its addresses and ids come from."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.compiled import compile_file
from rolecall.errors import InvalidContract
from tests.conftest import ROOT
from tests.support.contracts import CONTRACT, TODAY, write

EXAMPLES = (
    *("stacks/acme/contract.yaml", "stacks/acme/contract-entra.yaml", "stacks/every-kind/contract.yaml"),
    "stacks/services/contract.yaml",
)


@pytest.mark.parametrize("contract", EXAMPLES)
def test_examples_are_valid_without_any_variable(contract: str) -> None:
    unset = compile_file(ROOT / contract, TODAY, {}, placeholders=True).loaded.values.unset
    assert {"DATABRICKS_ACCOUNT_HOST", "DATABRICKS_ACCOUNT_ID", "DATABRICKS_CLIENT_ID"} <= {*unset}
    assert len(unset) == len({*unset})
    with pytest.raises(InvalidContract, match="missing-environment-variable"):
        compile_file(ROOT / contract, TODAY, {})


def test_a_value_stands_for_each_form_of_address_and_id(tmp_path: Path) -> None:
    text = CONTRACT.replace(
        'nonprod: {host: "${env:ML_NONPROD_HOST}"}',
        'nonprod: {host: "https://${env:ML_NAME_HOST}.cloud.databricks.com", metastore: "${env:STORE}", '
        'ip_access: {allow: ["${env:OFFICE}", "203.0.113.${env:LAST}/32", "${env:NET}/24"]}}',
    ).replace("external: 00g-analysts", 'external: "${env:ANALYSTS}"')
    text += "environment_variables: [STORE, OFFICE, LAST, NET, ANALYSTS]\n"
    found = compile_file(write(tmp_path, text), TODAY, {}, placeholders=True)
    assert {"ML_NAME_HOST", "STORE", "OFFICE", "LAST", "NET", "ANALYSTS"} <= {*found.loaded.values.unset}


def test_other_problems_are_found_all_the_same_and_show_the_variable(tmp_path: Path) -> None:
    text = CONTRACT.replace('prod: {host: "${env:ML_PROD_HOST}"}', 'prod: {host: "${env:ML_NONPROD_HOST}/path"}')
    with pytest.raises(InvalidContract) as refused:
        compile_file(write(tmp_path, text.replace("role: viewer", "role: watcher")), TODAY, {}, placeholders=True)
    told = str(refused.value)
    assert "watcher" in told or "${env:ML_NONPROD_HOST}/path" in told
    assert "unset-" not in told
