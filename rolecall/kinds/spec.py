"""A kind as one value; all that it is made of can be imported from here."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import KW_ONLY, dataclass, field
from enum import StrEnum
from functools import cached_property
from typing import Any, Generic, Literal

from rolecall.ids.ids import ObjectId, ServicePrincipalId
from rolecall.ids.name_types import Name
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import Access
from rolecall.kinds.api import Api, Json
from rolecall.kinds.clouds import Cloud
from rolecall.kinds.effects import HOLDS_CODE as HOLDS_CODE
from rolecall.kinds.effects import Execution as Execution
from rolecall.kinds.effects import Refusal as Refusal
from rolecall.kinds.effects import Steering as Steering
from rolecall.kinds.naming import Naming as Naming
from rolecall.kinds.naming import Surroundings as Surroundings
from rolecall.kinds.naming import Tags as Tags
from rolecall.kinds.naming import Value as Value
from rolecall.kinds.naming import bracketed as bracketed
from rolecall.kinds.naming import dashed as dashed
from rolecall.kinds.naming import own_tags as own_tags


class Scope(StrEnum):
    """What holds the objects of a kind."""

    ACCOUNT = "account"
    METASTORE = "metastore"
    CATALOG = "catalog"
    WORKSPACE = "workspace"
    CLUSTER = "cluster"


@dataclass(frozen=True)
class Quota:
    """The most objects of a kind that one holder has: https://docs.databricks.com/en/resources/limits.html."""

    most: int
    per: Scope


@dataclass(frozen=True)
class Owner:
    """Who owns an object.

    Attributes:
        by: `level`: an entry of the access list, exactly one, never a group. `field`: a field of the object, on no
            list. `creator`: none, but the system keeps the creator on the list.
        word: that level or field.
        means: what the owner may do.
    """

    by: Literal["level", "field", "creator"]
    word: str
    means: str


@dataclass(frozen=True)
class Data:
    """The data that goes with an object.

    Attributes:
        holds: what it is.
        identity: properties of which each change makes another object.
        name: the property that names an object that is no project's.
        always_kept: it needs an entry of `deletions` in an unprotected environment, too.
    """

    holds: str
    identity: tuple[str, ...]
    name: str = "name"
    always_kept: bool = False


@dataclass(frozen=True)
class Ref:
    """An output of another resource, by its object; the declaring component replaces it by the output.

    Attributes:
        to: the object.
        attribute: `id`, or `schema`: what follows the catalog in a full name.
    """

    to: ObjectId | ServicePrincipalId
    attribute: Literal["id", "schema"] = "id"


@dataclass(frozen=True)
class Reference:
    """An object of the same project that another one names.

    Attributes:
        section: the section of the project that declares it.
        key: its key there.
        field: the field that names it.
    """

    section: str
    key: str
    field: str


@dataclass(frozen=True)
class Facts:
    """All that an object's properties may depend on beside its own section. No I/O stands behind it.

    Attributes:
        id: its id.
        name: how it is called where it lives.
        catalog: the environment's catalog; empty where it has none.
        cloud: the cloud of its workspace.
        project_tags: the tags of its project.
        tags: its tags, those of its project included.
        deployer: application id of the service principal that deploys.
        reference: what `${resources.SECTION.KEY.ATTRIBUTE}` stands for: a Ref for an id, else text.
        policy_definition: the definition of a cluster policy of its project, by key.
    """

    id: ObjectId
    name: str
    catalog: str
    cloud: Cloud
    project_tags: Tags
    tags: Tags
    deployer: str
    reference: Callable[[str, str, str], str | Ref]
    policy_definition: Callable[[str], Mapping[str, Mapping[str, Any]]]

    @property
    def project(self) -> str:
        """Its project."""
        return self.id.own_project


@dataclass(frozen=True)
class Part:
    """A resource that is declared with an object.

    Attributes:
        token: its type.
        suffix: what follows the object's, or the project's, name in its own.
        properties: its properties.
    """

    token: str
    suffix: str
    properties: Mapping[str, object]


def custom_tags(tags: Tags) -> list[dict[str, str]]:
    """Return tags as a list of keys and values, in order."""
    return [{"key": key, "value": value} for key, value in sorted(tags.items())]


@dataclass(frozen=True)
class Resource(Generic[Value]):
    """How an object is declared.

    Attributes:
        token: the type of its resource; empty where all objects are managed elsewhere.
        recognized_by: what proves that a live object is the declared one: property, and dotted path in an item of the
            list.
        full_name: properties that make up the name by which it is found, where it is found by name.
        same: compares a state's outputs with the live object; None where only the engine can.
        properties: returns the properties, or None for an object that is managed elsewhere, of which only the access
            list is declared; None where an object is declared by a component of its own.
        parts: returns the resources declared below the object.
        container: returns what holds all objects of a project, and is declared once for them.
    """

    token: str
    recognized_by: Mapping[str, str] = field(default_factory=dict)
    full_name: tuple[str, ...] = ()
    same: Callable[[Json, Json], bool] | None = None
    properties: Callable[[Value, Facts], Mapping[str, object] | None] | None = None
    parts: Callable[[Value, Facts], Iterable[Part]] = lambda _value, _facts: ()
    container: Callable[[Facts], Part] | None = None


@dataclass(frozen=True)
class Child:
    """A resource that belongs to an object and has no access list of its own.

    Attributes:
        name: what it is, as the contract has it.
        token: the type of the resource.
        api: how live ones are found; None where nothing finds them.
        full_name: properties that make up the name by which it is found.
        data: the data that goes with it; None where it is configuration.
    """

    name: str
    token: str
    api: Api | None = None
    full_name: tuple[str, ...] = ()
    data: Data | None = None


@dataclass(frozen=True)
class KindSpec(Generic[Value]):
    """Everything that Rolecall knows of a kind.

    Attributes:
        name: its name in roles.
        docs: the vendor's document on access to it.
        summary: one phrase on the section, for the contract's schema.
        model: the model of one object in the contract; None where no section declares any.
        noun: the vendor's term for it; its name, unless set.
        section: a project's key for its objects; by default, for a kind with a model, its name and an s.
        key: the type of the section's keys.
        model_for: returns that model for a document with some field names, where the vendor's fields make the model.
        attributes: what `${resources.SECTION.KEY.…}` may ask for: an id is known once the object is there, the rest
            at once.
        id_field: the field by which tasks and other objects of the workspace name its objects; empty where none does.
        runs_jobs: a job may name it, and needs it to run; whom the job runs as has to be allowed to use it.
        steers_jobs: how its holders decide what a job does that names it; None where they do not.
        reads_as_creator: kinds whose objects in the same environment it reads with the rights of its creator.
        acts_as_others: returns the lowest verb in an environment with which a holder runs code as all others who run
            code on the object; None where nothing runs side by side.
        shows: returns what shows data to everybody who may view the object, where it runs as no caller: a document with
            the full names of schemas or references to them.
        tagged_in_cloud: Databricks passes its tags on to the cloud.
        refuses: returns why a role may not give a verb on an object; its arguments are the object, the verb, the role
            and whether the environment is protected.
        is_subject: its objects hold access themselves.
        system: the system that has its objects.
        in_schema: its objects lie in a schema, whose holders hold them too.
        held_by_groups: groups may hold access to its objects; otherwise only service principals do.
        held_by_recipients: recipients of shares alone hold access to its objects.
        refers: yields what an object names of its project; jobs have checks of their own.
        one_for_each: what has exactly one object of it, where no section declares any: the environment's workspace,
            catalog, or the metastore of its workspace.
        scope: what holds its objects.
        shared: environments share its objects.
        quota: the most objects that one holder has.
        naming: how its objects are named; None where no project declares them.
        tags: returns the tags of an object, given those of its project.
        access: its access list.
        verbs: from least to most, what each verb is in the vendor's words; where a subject holds a set of words, what
            it adds to the verbs before it. A verb that is missing is refused rather than rounded.
        without_verb: the vendor's words that no verb includes, each with the reason.
        owner: the owner of its objects; None if they have none.
        executes: as whom its objects run; None where they run nothing, or run as their caller.
        api: how live objects are read; None where access lists are all that is read.
        differs: returns what differs between an object of the contract and what `api.find` or `api.get` answers of it,
            in what the provider does not read back or set back, and the command that does; None where there is none.
        resource: declaration of its objects; None if Rolecall only grants access to existing ones.
        children: resources that belong to an object, without access lists of their own.
        data: the data that goes with its objects; None where they are configuration, which the contract re-creates.
    """

    name: Kind
    docs: str
    summary: str = ""
    model: type[Value] | None = None
    _: KW_ONLY
    noun: str = ""
    section: str | None = None
    key: Any = Name
    model_for: Callable[[frozenset[str] | None], type[Value]] | None = None
    attributes: tuple[str, ...] = ()
    id_field: str = ""
    runs_jobs: bool = False
    steers_jobs: Steering | None = None
    reads_as_creator: tuple[Kind, ...] = ()
    acts_as_others: Callable[[Value, str], Verb] | None = None
    shows: Callable[[Value, str], Any] | None = None
    tagged_in_cloud: bool = False
    refuses: Callable[[Value, Verb, str, bool], Refusal | None] | None = None
    is_subject: bool = False
    system: str = "databricks"
    in_schema: bool = False
    held_by_groups: bool = True
    held_by_recipients: bool = False
    refers: Callable[[Value], Iterable[Reference]] = lambda _value: ()
    one_for_each: Literal["workspace", "catalog", "metastore"] | None = None
    scope: Scope
    shared: bool = False
    quota: Quota | None = None
    naming: Naming[Value] | None = None
    tags: Callable[[Value, ObjectId, Tags], dict[str, str]] = own_tags
    access: Access
    verbs: Mapping[Verb, str]
    without_verb: Mapping[str, str]
    owner: Owner | None = None
    executes: Execution[Value] | None = None
    api: Api | None = None
    differs: Callable[[Value, Json], tuple[str, str] | None] | None = None
    resource: Resource[Value] | None = None
    children: tuple[Child, ...] = ()
    data: Data | None

    def __post_init__(self) -> None:
        """Derive the default noun and section from the name."""
        object.__setattr__(self, "noun", self.noun or self.name.replace("_", " "))
        if self.section is None and self.model is not None:
            object.__setattr__(self, "section", f"{self.name}s")

    @cached_property
    def words(self) -> Mapping[Verb, frozenset[str]]:
        """All that the holder of each verb has, in the vendor's words."""
        found: dict[Verb, frozenset[str]] = {}
        held: frozenset[str] = frozenset()
        for verb, adds in self.verbs.items():
            held = (held if self.access.interface.cumulative else frozenset()) | frozenset(adds.split())
            found[verb] = held
        return found

    @cached_property
    def vocabulary(self) -> frozenset[str]:
        """Every word that the vendor has for access to it."""
        return frozenset(self.without_verb).union(*self.words.values())

    @cached_property
    def highest(self) -> Verb:
        """The highest verb that a group can hold: `own` is for one service principal."""
        return max((verb for verb in self.verbs if verb is not Verb.OWN), key=lambda verb: verb.rank)

    @property
    def stack(self) -> Literal["account", "environment", "project"]:
        """The stack that declares who holds what on its objects."""
        if self.one_for_each is None:
            return "project"
        return "environment" if self.one_for_each == "catalog" else "account"

    @property
    def component(self) -> str:
        """The type of the component that all resources of an object are below."""
        return f"rolecall:databricks:{''.join(word.capitalize() for word in self.name.split('_'))}"

    def objects(self, project: object) -> Mapping[str, Value]:
        """Return a project's objects by key: the typed way into a model that is assembled at run time."""
        found: Mapping[str, Value] = getattr(project, self.section) if self.section else {}
        return found
