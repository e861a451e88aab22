from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.controls import Theme
from rolecall.policies.rule import Rule
from rolecall.policies.settings import key_is
from rolecall.policies.types import WORKSPACE_CONF

RULE = Rule(
    "results-in-own-storage",
    "Results of notebooks are kept in the organization's own storage.",
    (WORKSPACE_CONF,),
    key_is("storeInteractiveNotebookResultsInCustomerAccount", "true", "results of notebooks are kept by Databricks"),
    Severity.LOW,
    "https://docs.databricks.com/en/admin/workspace-settings/notebook-results.html",
    (Theme.DATA_OUT,),
    compliant.key_example("storeInteractiveNotebookResultsInCustomerAccount", "false"),
    pack="compliance",
)
