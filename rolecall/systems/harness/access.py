"""The translation table: verbs on a job, and the equivalent role on its pipeline in Harness.

https://developer.harness.io/docs/platform/role-based-access-control/permissions-reference
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.ids.verbs import Verb

PIPELINE = "PIPELINE"
SEE, EXECUTE, CHANGE, DELETE = (
    "core_pipeline_view",
    "core_pipeline_execute",
    "core_pipeline_edit",
    "core_pipeline_delete",
)
PERMISSIONS = (SEE, EXECUTE, CHANGE, DELETE)
ACCESS: Mapping[Verb, tuple[str, ...]] = {
    Verb.VIEW: (SEE,),
    Verb.RUN: (SEE, EXECUTE),
    Verb.EDIT: (SEE, EXECUTE, CHANGE, DELETE),
}
ROLES: Mapping[Verb, str] = {Verb.VIEW: "rolecall_view", Verb.RUN: "rolecall_run", Verb.EDIT: "rolecall_edit"}
