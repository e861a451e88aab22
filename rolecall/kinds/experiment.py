"""MLflow experiments: where training is logged."""

from __future__ import annotations

from rolecall.ids.names import NameSyntax
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import PERMISSIONS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Data, Naming, Resource
from rolecall.kinds.workspace_object import CREATOR, WorkspaceKind, at_home


class Experiment(ProjectObject):
    """An MLflow experiment."""


EXPERIMENT = WorkspaceKind[Experiment](
    Kind.EXPERIMENT,
    "https://docs.databricks.com/en/security/auth/access-control/index.html#mlflow-experiment-acls",
    "MLflow experiments",
    Experiment,
    naming=Naming(at_home(), NameSyntax("https://docs.databricks.com/en/mlflow/experiments.html", length=500)),
    access=Access(PERMISSIONS, "experiments", "experimentId"),
    verbs={Verb.VIEW: "CAN_READ", Verb.EDIT: "CAN_EDIT", Verb.MANAGE: "CAN_MANAGE"},
    without_verb={},
    owner=CREATOR,
    api=Api(
        find="/api/2.0/mlflow/experiments/get-by-name?experiment_name={name}",
        found="experiment",
        id="experiment_id",
        names_creator=False,
    ),
    resource=Resource(
        "databricks:index/mlflowExperiment:MlflowExperiment",
        full_name=("name",),
        properties=lambda _, facts: {"name": facts.name},
    ),
    data=Data("runs and artifacts", ()),
)
