from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.checks import is_on, refuse
from rolecall.policies.controls import Theme
from rolecall.policies.example import Example, put
from rolecall.policies.rule import Rule
from rolecall.policies.types import METASTORE

RULE = Rule(
    "no-external-engines",
    "A metastore is not open to engines outside of Databricks.",
    Severity.MEDIUM,
    "https://docs.databricks.com/en/external-access/admin.html",
    (Theme.DATA_OUT,),
    (METASTORE,),
    refuse(
        is_on("externalAccessEnabled"),
        "engines outside of Databricks may read its data",
        "Leave it off; share data by Delta Sharing, which is logged.",
    ),
    Example(METASTORE, compliant.METASTORE, (put("externalAccessEnabled", True),), ("externalAccessEnabled",)),
    pack="compliance",
)
