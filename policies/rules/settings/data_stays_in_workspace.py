from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.settings import WAYS_OUT, key_of
from rolecall.policies.types import WORKSPACE_CONF


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    for name in WAYS_OUT:
        if key_of(resource, name) == "true":
            how = f'Write {name}: "false". Share data by Delta Sharing, which is logged.'
            yield Finding(f"{name} allows data to leave the workspace through a browser", how)


RULE = Rule(
    "data-stays-in-workspace",
    "Data does not leave a workspace through a browser.",
    Severity.MEDIUM,
    "https://docs.databricks.com/api/workspace/workspaceconf/setstatus",
    (Theme.DATA_OUT,),
    (WORKSPACE_CONF,),
    _check,
    compliant.key_example("enableResultsDownloading", "true"),
    pack="compliance",
)
