"""Shares and recipients: their declarations, and who reads data through them."""

from __future__ import annotations

from pathlib import Path

import pytest

from rolecall.access.graph.powers import powers_of
from rolecall.errors import InvalidContract
from rolecall.ids.ids import LiveSubject, ObjectId, SubjectType
from rolecall.ids.verbs import Kind, Verb
from tests.support.contracts import CONTRACT, compiled, load
from tests.support.declared import declared

HERE = CONTRACT.replace("protected: true}", "protected: true, catalog: acme}")
METASTORE = "aws:eu-central-1:19a85dee-54bc-43a2-87ab-023d0ec16013"
SHARES = f"""\
    datasets: {{scores: {{in: [prod]}}, claims: {{in: [prod], sensitive: true, roles: [engineer]}}}}
    tables: {{latest: {{dataset: scores, in: [prod]}}}}
    recipients:
      insurer: {{in: [prod], metastore_id: "{METASTORE}"}}
      Lab: {{in: [prod], expires: 2026-12-31, addresses: [203.0.113.7, 203.0.113.0/28]}}
      known: {{in: [prod], existing: Partner}}
    shares:
      all: {{in: [prod], datasets: [scores], recipients: [insurer, known]}}
      Parts: {{in: [prod], tables: [latest], recipients: [Lab]}}
"""
SHARE = ObjectId("prod", Kind.SHARE, "churn", "all")
GRANTS = "databricks:index/grants:Grants"


def recipient(name: str) -> LiveSubject:
    return LiveSubject(SubjectType.RECIPIENT, name)


def test_a_share_is_declared_with_its_content_and_its_recipients(tmp_path: Path) -> None:
    recorder = declared(compiled(tmp_path, HERE + SHARES), "prod.churn")
    shares = recorder.of("databricks:index/share:Share")
    assert shares["churn-all"]["objects"] == [{"name": "id-churn-scores", "dataObjectType": "SCHEMA"}]
    assert shares["churn-Parts"]["name"] == "prod-churn-parts", "Unity Catalog keeps names of shares in small letters"
    assert shares["churn-Parts"]["objects"] == [{"name": "acme.churn_scores.latest", "dataObjectType": "TABLE"}]
    lists = [one for one in recorder.of(GRANTS).values() if "share" in one]
    assert {one["share"]: one["grants"] for one in lists} == {
        "id-churn-all": [
            {"principal": "partner", "privileges": ["SELECT"]},
            {"principal": "prod-churn-insurer", "privileges": ["SELECT"]},
        ],
        "id-churn-Parts": [{"principal": "prod-churn-lab", "privileges": ["SELECT"]}],
    }


def test_a_recipient_signs_in_by_its_metastore_or_by_a_token_that_ends(tmp_path: Path) -> None:
    recipients = declared(compiled(tmp_path, HERE + SHARES), "prod.churn").of("databricks:index/recipient:Recipient")
    assert recipients == {
        "churn-insurer": {
            "name": "prod-churn-insurer",
            "comment": "Recipient insurer of churn",
            "authenticationType": "DATABRICKS",
            "dataRecipientGlobalMetastoreId": METASTORE,
        },
        "churn-Lab": {
            "name": "prod-churn-lab",
            "comment": "Recipient Lab of churn",
            "authenticationType": "TOKEN",
            "expirationTime": 1798761600000,
            "ipAccessList": {"allowedIpAddresses": ["203.0.113.0/28", "203.0.113.7"]},
        },
    }


def test_nobody_of_the_account_holds_a_share(tmp_path: Path) -> None:
    access = compiled(tmp_path, HERE + SHARES).access
    assert access[SHARE] == {recipient("prod-churn-insurer"): Verb.VIEW, recipient("partner"): Verb.VIEW}
    assert not [target for target in access if target.kind is Kind.RECIPIENT]


def test_a_recipient_reads_what_is_in_its_share_in_the_access_graph(tmp_path: Path) -> None:
    contract = load(tmp_path, HERE + SHARES).contract
    (one,) = powers_of(contract).includes[SHARE]
    assert (one.target, one.verb) == (ObjectId("prod", Kind.DATASET, "churn", "scores"), Verb.VIEW)


INVARIANT = """\
invariants:
  - {id: scores-stay, never: {who: {outside: [engineers]}, can: view, what: {kind: dataset, environment: prod}}}
"""


def test_a_share_breaks_an_invariant_about_its_data(tmp_path: Path) -> None:
    with pytest.raises(InvalidContract) as refused:
        compiled(tmp_path, HERE.replace("projects:\n", INVARIANT + "projects:\n", 1) + SHARES)
    (problem,) = refused.value.problems
    assert problem.id == "invariant-broken"
    assert "(recipient)" in problem.what
