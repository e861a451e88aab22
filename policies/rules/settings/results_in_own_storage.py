from __future__ import annotations

from pulumi_policy import Severity

from rolecall.policies.controls import Theme
from rolecall.policies.settings import key_rule

RULE = key_rule(
    "results-in-own-storage",
    "Results of notebooks are kept in the organization's own storage.",
    ("storeInteractiveNotebookResultsInCustomerAccount", "true", "false"),
    "results of notebooks are kept by Databricks",
    Severity.LOW,
    "https://docs.databricks.com/en/admin/workspace-settings/notebook-results.html",
    Theme.DATA_OUT,
    pack="compliance",
)
