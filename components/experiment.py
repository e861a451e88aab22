"""MLflow experiments with their permissions."""

from __future__ import annotations

from pulumi import ComponentResource, Output, ResourceOptions

from components.permissions import declare_permissions
from components.resources import MlflowExperiment
from components.stage import Stage
from rolecall.contract.objects import Declared
from rolecall.ids.verbs import Kind
from rolecall.kinds.registry import BY_NAME


class GovernedExperiment(ComponentResource):
    """An experiment and the whole list of who may read it and log to it."""

    experiment_id: Output[str]

    def __init__(self, declared: Declared, stage: Stage) -> None:
        super().__init__(BY_NAME[Kind.EXPERIMENT].component, declared.resource)
        own = stage.in_workspace(ResourceOptions(parent=self))
        made = MlflowExperiment(declared.resource, {"name": stage.name_of(declared)}, own)
        entries = stage.entries(declared)
        declare_permissions(declared.resource, "experimentId", made.id, entries, stage.identities, own)
        self.experiment_id = made.id
        self.register_outputs({"experimentId": self.experiment_id})
