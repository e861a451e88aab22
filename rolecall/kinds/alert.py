"""SQL alerts: a query on a schedule, whose result is compared with a threshold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.name_types import Name
from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import Adjustable
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.named_objects import refers_by
from rolecall.kinds.query import LEVELS
from rolecall.kinds.references import reference_to, replace_references
from rolecall.kinds.spec import Execution, Facts, Naming, Owner, Ref, Resource, bracketed
from rolecall.kinds.workspace_object import WorkspaceKind

Text = Annotated[str, Field(min_length=1)]
# https://docs.databricks.com/api/workspace/alertsv2/createalert: comparison_operator.
OPERATORS = {
    "<": "LESS_THAN",
    "<=": "LESS_THAN_OR_EQUAL",
    "=": "EQUAL",
    "!=": "NOT_EQUAL",
    ">=": "GREATER_THAN_OR_EQUAL",
    ">": "GREATER_THAN",
}
# https://docs.databricks.com/api/workspace/alertsv2/createalert: subscriptions name a person by e-mail address.
MailAddress = Annotated[
    str,
    StringConstraints(pattern=r"^[^@\s<>,;:'()]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$"),
    Field(description="one e-mail address, as ml@example.com"),
]


class Alert(Adjustable):
    """A SQL alert."""

    run_as: Name
    """the service principal of the project that its query runs as"""
    text: Text
    """its SQL; `${resources.datasets.KEY.name}` is a schema with its catalog"""
    warehouse: Name
    """the project's warehouse that its query runs on"""
    column: Text
    """the column of the result that is compared"""
    operator: Literal["<", "<=", "=", "!=", ">=", ">"] = ">"
    """how the first value of the column is compared with the threshold"""
    threshold: float
    """the threshold"""
    schedule: Text
    """when the query runs: a Quartz expression"""
    timezone: Text = "UTC"
    """the time zone of the schedule"""
    notify: list[MailAddress] = Field(default_factory=list)
    """the addresses that are notified"""


def _executed(alert: Alert, environment: str) -> Mapping[str, Any]:
    return {"warehouse": reference_to("warehouses", alert.for_environment(environment).warehouse)}


def _principal(alert: Alert, identity: ObjectId) -> str:
    return alert.for_environment(identity.own_environment).run_as


def _properties(alert: Alert, facts: Facts) -> dict[str, object]:
    evaluation: dict[str, object] = {
        "source": {"name": alert.column},
        "comparisonOperator": OPERATORS[alert.operator],
        "threshold": {"value": {"doubleValue": alert.threshold}},
    }
    if alert.notify:
        evaluation["notification"] = {"subscriptions": [{"userEmail": one} for one in alert.notify]}
    principal = Ref(ServicePrincipalId(facts.id.own_environment, facts.project, alert.run_as))
    return {
        "displayName": facts.name,
        "queryText": replace_references(alert.text, facts.reference),
        "warehouseId": facts.reference("warehouses", alert.warehouse, "id"),
        "evaluation": evaluation,
        "schedule": {"quartzCronSchedule": alert.schedule, "timezoneId": alert.timezone, "pauseStatus": "UNPAUSED"},
        "runAs": {"servicePrincipalName": principal},
    }


ALERT = WorkspaceKind[Alert](
    Kind.ALERT,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#alert-acls",
    "SQL alerts",
    Alert,
    id_field="alert_id",
    runs_jobs=True,
    refers=refers_by({"run_as": "service_principals"}, content="text"),
    naming=Naming(bracketed, NameSyntax("https://docs.databricks.com/api/workspace/alertsv2/createalert")),
    access=Access(PERMISSIONS, "alertsv2", "alertV2Id"),
    verbs=LEVELS,
    without_verb={},
    owner=Owner("creator", "CAN_MANAGE", "may edit and delete it and change its permissions; it runs as `run_as`"),
    executes=Execution(_principal, Verb.EDIT, _executed),
    api=Api(
        "/api/2.0/alerts",
        "alerts",
        get="/api/2.0/alerts/{id}",
        name="display_name",
        query={"page_size": 100},
        runs_as="effective_run_as.service_principal_name",
    ),
    resource=Resource("databricks:index/alertV2:AlertV2", {"displayName": "display_name"}, properties=_properties),
    data=None,
)
