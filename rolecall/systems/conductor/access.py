"""The translation table: verbs on a job, and access to its workflow in Conductor.

https://orkes.io/content/access-control-and-security/users-and-groups#permissions
"""

from __future__ import annotations

from collections.abc import Mapping

from rolecall.ids.verbs import Verb

CREATE, READ, EXECUTE, UPDATE, DELETE = "CREATE", "READ", "EXECUTE", "UPDATE", "DELETE"
WORKFLOW, TASK, TAG = "WORKFLOW_DEF", "TASK_DEF", "TAG"
# EDIT on a job permits deleting and sharing it; so does UPDATE on a workflow.
ACCESS: Mapping[Verb, tuple[str, ...]] = {
    Verb.VIEW: (READ,),
    Verb.RUN: (EXECUTE, READ),
    Verb.EDIT: (DELETE, EXECUTE, READ, UPDATE),
}
# What a worker needs to take up tasks of a kind and to report on them.
WORKER_ACCESS = (EXECUTE, READ)
