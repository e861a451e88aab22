"""MLflow experiments: where training is logged."""

from __future__ import annotations

from rolecall.contract.project_object import ProjectObject


class Experiment(ProjectObject):
    """An MLflow experiment."""
