"""Projects: a team's objects in every environment."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import Field, create_model

from rolecall.contract.binding import Binding
from rolecall.ids.model import Model
from rolecall.ids.name_types import Description, GroupName, Name, TagText
from rolecall.ids.renamed import FormerNames
from rolecall.kinds.counterpart import Written
from rolecall.kinds.registry import BY_SECTION


class Bundle(Model):
    """All jobs of a Databricks Asset Bundle, taken as they are."""

    path: str
    """the bundle's file, relative to this one"""
    in_: list[Name] | None = Field(default=None, alias="in", min_length=1)
    """the environments that have the jobs; without it, all"""
    run_as: str | None = None
    """the service principal of the project that the jobs run as"""
    policy: Name | None = None
    """the cluster policy that their new clusters are made under"""
    counterparts: dict[Name, Written] = Field(default_factory=dict)
    """the orchestrators that trigger the jobs, as a job names them"""


class Project(Model):
    """A team's jobs, models and data, with the compute and identities that they need, and who may do what."""

    owner: GroupName
    """the group that answers for the project; it becomes the tag `owner`"""
    description: Description = ""
    """what the project is for"""
    renamed_from: FormerNames = Field(default_factory=list)
    """names that the project had before in this contract, the latest first"""
    tags: dict[TagText, TagText] = Field(default_factory=dict)
    """tags that all its jobs and clusters get"""
    bindings: list[Binding] = Field(default_factory=list)
    """who may do what on the project's objects"""
    bundles: list[Bundle] = Field(default_factory=list)
    """bundles whose jobs are taken over, all of them"""

    if TYPE_CHECKING:

        def __getattr__(self, section: str) -> Any:
            """Return the objects of a section by key; `KindSpec.objects` knows their type."""


@lru_cache(maxsize=32)
def project_model(written: frozenset[str] | None) -> type[Project]:
    """Return the model of a project with a section for each kind that projects declare.

    Args:
        written: the names of fields that a document has; for all documents when not given.
    """
    sections: dict[str, Any] = {}
    for section, kind in BY_SECTION.items():
        model = kind.model_for(written) if kind.model_for else kind.model
        field: Any = Field(default_factory=dict, description=kind.summary)
        sections[section] = (dict.__class_getitem__((kind.key, model)), field)
    return create_model("Project", __base__=Project, __module__=__name__, __doc__=Project.__doc__, **sections)
