from __future__ import annotations

from collections.abc import Iterator

from pulumi_policy import Severity

from rolecall.policies import compliant
from rolecall.policies.context import Context
from rolecall.policies.controls import Theme
from rolecall.policies.rule import Finding, Resource, Rule
from rolecall.policies.settings import WAYS_OUT, key_of
from rolecall.policies.types import WORKSPACE_CONF

# Keys whose value a rule judges, and keys that grant no access.
KNOWN_KEYS = frozenset(
    {
        *(*WAYS_OUT, "maxTokenLifetimeDays", "enableTokensConfig", "enableIpAccessLists", "enableVerboseAuditLogs"),
        *("enableWebTerminal", "storeInteractiveNotebookResultsInCustomerAccount", "enableEnforceImdsV2", "enableGp3"),
        *("enableProjectTypeInWorkspace", "enableWorkspaceFilesystem", "enableNotebookGitVersioning"),
        *("enableHlsRuntime",),
        *("jobsListBackendPaginationEnabled", "mlflowModelRegistryEmailNotificationsEnabled", "enableUploadDataUis"),
        *("mlflowModelServingEndpointCreationEnabled", "rStudioUserDefaultHomeBase", "enableJobsEmailsV2"),
    }
)


def _check(resource: Resource, context: Context) -> Iterator[Finding]:
    """Keys of old isolation protect where they are on; the effect of other keys is unknown."""
    for name in sorted(resource.properties.read("customConfig") or {}):
        value = key_of(resource, name)
        if name.startswith("enforce") and value == "false":
            yield Finding(f"{name} disables access control", f'Write {name}: "true", or leave it out.')
        elif name.startswith("enableDeprecated") and value == "true":
            how = f'Write {name}: "false", or leave it out; scripts belong in volumes.'
            yield Finding(f"{name} allows scripts that everybody can change", how)
        elif not name.startswith(("enforce", "enableDeprecated")) and name not in KNOWN_KEYS:
            yield Finding(f"the effect of the key {name} is not known", "Leave it out, or exempt it with a ticket.")


RULE = Rule(
    "workspace-keys-are-known",
    "A workspace's configuration disables no access control, and has only keys whose effect is known.",
    Severity.HIGH,
    "https://docs.databricks.com/api/workspace/workspaceconf/setstatus",
    (Theme.CONFIGURATION,),
    (WORKSPACE_CONF,),
    _check,
    compliant.key_example("enforceClusterViewAcls", "false"),
)
