"""Models: registered in Unity Catalog, with the steps that make and release them."""

from __future__ import annotations

from enum import StrEnum
from typing import Any

from pydantic import Field

from rolecall.ids.ids import ObjectId
from rolecall.ids.name_types import CatalogName, Name
from rolecall.ids.project_object import ProjectObject
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.dataset import SCHEMA, schema_name, schema_properties
from rolecall.kinds.spec import (
    Data,
    Facts,
    KindSpec,
    Naming,
    Owner,
    Part,
    Quota,
    Ref,
    Refusal,
    Resource,
    Scope,
    Steering,
    Surroundings,
)


class Step(StrEnum):
    """A step of a model's life, in order."""

    TRAIN = "train"
    TEST = "test"
    VALIDATE = "validate"
    DEPLOY = "deploy"


class RegisteredModel(ProjectObject):
    """A model of a project: one registered model in each environment's catalog, with the steps of its life.

    Each step becomes a job that runs as a service principal of its own, with the least that the step needs; all of them
    log to one experiment. Training writes candidates; only `deploy` writes the model itself and sets its aliases.
    """

    reads: list[Name] = Field(default_factory=list)
    """datasets that training, testing and validation read"""
    aliases: list[CatalogName] = Field(default_factory=lambda: ["champion"], min_length=1)
    """aliases that `deploy` sets; the first, `${resources.models.NAME.alias}` in jobs, is the one in production"""
    sensitive: bool = False
    """it decides about people: the datasets that it reads have to be sensitive too"""
    steps: dict[Step, dict[str, Any]] = Field(default_factory=dict)
    """the job of each step, written like a job of the project, without `run_as`"""


def candidate_name(model: str) -> str:
    """Return how the registered model is called that training writes, before `deploy` takes a version over."""
    return f"{model}_candidate"


def step_name(model: str, step: str) -> str:
    """Return how the job and the service principal of a step are called in the project."""
    return f"{model}-{step}"


# The schema of a project's models, behind the project's name.
MODELS = "models"


def _name(_: object, identity: ObjectId, around: Surroundings) -> str:
    return f"{around.catalog}.{schema_name(identity.own_project, MODELS)}.{identity.key}"


def _container(facts: Facts) -> Part:
    comment = f"Models of {facts.project}"
    return Part(SCHEMA, MODELS, schema_properties(facts.catalog, facts.project, MODELS, comment))


def _properties(model: RegisteredModel, facts: Facts) -> dict[str, object]:
    return {
        "catalogName": facts.catalog,
        "schemaName": Ref(facts.id.sibling(MODELS), "schema"),
        "name": facts.id.key,
        "comment": model.description or f"Model {facts.id.key} of {facts.project}",
    }


def _refuses(model: RegisteredModel, verb: Verb, _role: str, protected: bool) -> Refusal | None:  # noqa: FBT001 - as `refuses` has it
    """Only the step `deploy` sets aliases in production."""
    if verb is not Verb.MANAGE or not protected or not model.steps:
        return None
    return Refusal(
        "model-managed-by-hand",
        "which is protected: it could set the production alias by hand",
        "Bind a role that may view or edit models there; the step `deploy` sets the alias.",
    )


MODEL = KindSpec[RegisteredModel](
    Kind.MODEL,
    "https://docs.databricks.com/api/workspace/registeredmodels",
    "models in Unity Catalog, with the steps that make and release them",
    RegisteredModel,
    noun="registered model",
    key=CatalogName,
    attributes=("name", "alias"),
    steers_jobs=Steering(Verb.MANAGE, "is loaded by a job that runs as"),
    refuses=_refuses,
    scope=Scope.CATALOG,
    # https://docs.databricks.com/en/resources/limits.html (Unity Catalog)
    quota=Quota(5_000, Scope.METASTORE),
    naming=Naming(_name),
    access=Access(GRANTS, "function", "model"),
    verbs={Verb.VIEW: "EXECUTE", Verb.MANAGE: "APPLY_TAG MANAGE"},
    without_verb={},
    owner=Owner("field", "owner", "holds every privilege on it and on its versions, and may grant them"),
    api=Api(find="/api/2.1/unity-catalog/models/{name}", id="full_name"),
    resource=Resource(
        "databricks:index/registeredModel:RegisteredModel",
        full_name=("catalogName", "schemaName", "name"),
        properties=_properties,
        container=_container,
    ),
    data=Data("model versions and aliases", ("catalogName", "schemaName", "name")),
)
