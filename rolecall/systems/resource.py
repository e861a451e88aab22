"""What a system tells the native provider of each of its resources: properties, and what to do with them.

A resource type is one class with its properties as a pydantic model. The provider checks, compares and serves the
schema from the model; the class only creates, reads, updates and deletes.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, ClassVar, Generic, Self, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel

from rolecall.access.answers import understood
from rolecall.errors import RemovalRefused, RolecallError
from rolecall.systems.access_list import AccessList, Lost, lost_shown

Properties = dict[str, Any]
# Subjects that a message names.
SHOWN = 5


# Whether models are made from what a system answers.
_IS_LIVE: ContextVar[bool] = ContextVar("is_live", default=False)


@contextmanager
def live_state() -> Iterator[None]:
    """Make models without constraints meanwhile: what a system answers is no declaration.

    An object may have become what no program can declare (an Okta rule without groups, a value that is new in the
    service). It is read as it is and shows as a difference; a read that fails would block the whole stack.
    """
    before = _IS_LIVE.set(True)
    try:
        yield
    finally:
        _IS_LIVE.reset(before)


class Model(BaseModel):
    """Properties of a resource or arguments of a function; in Pulumi's words, so in camel case."""

    model_config = ConfigDict(extra="forbid", alias_generator=to_camel, populate_by_name=True, frozen=True)

    def __init__(self, **values: Any) -> None:
        """Make one from its fields; that of a live object may break constraints."""
        try:
            super().__init__(**values)
        except ValidationError:
            if not _IS_LIVE.get():
                raise
            made = self._unconstrained(values)
            object.__setattr__(self, "__dict__", made.__dict__)
            object.__setattr__(self, "__pydantic_fields_set__", made.model_fields_set)
            object.__setattr__(self, "__pydantic_extra__", None)
            object.__setattr__(self, "__pydantic_private__", None)

    @classmethod
    def model_validate(cls, obj: Any, **options: Any) -> Self:
        """Return one from plain values; that of a live object may break constraints."""
        try:
            return super().model_validate(obj, **options)
        except ValidationError:
            if not (_IS_LIVE.get() and isinstance(obj, dict)):
                raise
            return cls._unconstrained(obj)

    @classmethod
    def _unconstrained(cls, values: Properties) -> Self:
        """Return one with the fields that it has, each as it is; other fields are not Rolecall's."""
        given = {
            name: values[key]
            for name, field in cls.model_fields.items()
            for key in (field.alias or name, name)
            if key in values
        }
        return cls.model_construct(**{name: _as_models(cls, name, value) for name, value in given.items()})

    def properties(self) -> Properties:
        """Return the properties as plain values, without those that are not set."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True, warnings=False)


def _as_models(model: type[Model], name: str, value: Any) -> Any:
    """Return the value of a field with the models that it holds, where their type is known."""
    inner = next((one for one in get_args(model.model_fields[name].annotation) if _is_model(one)), None)
    own = model.model_fields[name].annotation
    if isinstance(value, dict) and _is_model(own):
        return own.model_validate(value)  # type: ignore[union-attr]  # it is a model
    if isinstance(value, list) and inner is not None:
        return [inner.model_validate(one) if isinstance(one, dict) else one for one in value]
    return value


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, Model)


Inputs = TypeVar("Inputs", bound=Model)
Arguments = TypeVar("Arguments", bound=Model)


@dataclass(frozen=True)
class Live(Generic[Inputs]):
    """A resource as it is: what could be declared to get it, and what only the system knows."""

    id: str
    inputs: Inputs
    computed: Properties = field(default_factory=dict)


class PartlyMade(Exception):
    """A resource was created, and then a part of it failed: it is kept, and the next run continues with it."""

    def __init__(self, live: Live[Any], cause: RolecallError) -> None:
        super().__init__(cause.what)
        self.live = live
        self.cause = cause


class _OfModel:
    """Classes whose type argument is the model of what they are given."""

    model: ClassVar[type[Model]]

    def __init_subclass__(cls, **options: Any) -> None:
        """Take the model from the type argument: `class Team(Resource[TeamInputs])`."""
        super().__init_subclass__(**options)
        arguments = (one for base in getattr(cls, "__orig_bases__", ()) for one in get_args(base))
        for argument in arguments:
            if isinstance(argument, type) and issubclass(argument, Model):
                cls.model = argument


class Resource(_OfModel, ABC, Generic[Inputs]):
    """One type of resource; its type argument is the model of its properties.

    Attributes:
        token: its type, `rolecall:SYSTEM:NAME`.
        description: what it is, for the schema.
        computed: what the system adds, by name with a description; all of them texts.
        replaced_by: properties that cannot change in place. The new object is created first, so that no access is lost
            for a moment.
        deleted_first: those of them with which the new object cannot stand beside the old one.
        unordered: lists in which the order means nothing.
        settings: properties that say how Rolecall works; they are no part of the object, and a change of one alone
            changes nothing.
        loss: what its object loses where it is replaced, because the system cannot rename it; for a warning.
        access_list: for an access list or list of members, the effect of its writes on other owners' entries. Its
            properties then have a `removalOverride` (rolecall/systems/removals.py).
        entries_of_others: how a type that lists subjects and has no `access_list` keeps other owners' entries.
    """

    token: ClassVar[str]
    description: ClassVar[str]
    computed: ClassVar[dict[str, str]] = {}
    replaced_by: ClassVar[frozenset[str]] = frozenset()
    deleted_first: ClassVar[frozenset[str]] = frozenset()
    unordered: ClassVar[frozenset[str]] = frozenset()
    settings: ClassVar[frozenset[str]] = frozenset({"adopt", "removalOverride"})
    loss: ClassVar[str] = ""
    access_list: ClassVar[AccessList | None] = None
    entries_of_others: ClassVar[str] = ""

    def existing(self, inputs: Inputs) -> str | None:
        """Return the id of an object that `create` would adopt, without a change; None if it would create one.

        Only types whose lists are other resources need it.
        """
        return None

    def list_shown(self, inputs: Inputs) -> str:
        """Return an access list as messages name it."""
        _, system, noun = self.token.split(":")
        assert self.access_list is not None
        return f"{noun} {self.access_list.id_of(inputs.properties())} in {system}"

    def first_losses(self, inputs: Inputs) -> Lost:
        """Return the access that subjects of a list that no state has would lose in its first write, by subject.

        Raises:
            RolecallError: as `read`.
        """
        form = self.access_list
        if form is None or not form.replaces_others:
            return {}
        declared = inputs.properties()
        live = read_live(self, form.id_of(declared), inputs)
        return form.lost(live.inputs.properties(), declared) if live is not None else {}

    def refuse_first_losses(self, inputs: Inputs) -> None:
        """Refuse the first write of a list that would remove other owners' entries without an override.

        Raises:
            RemovalRefused: another owner's entries would go; nothing was written.
        """
        if not _is_overridden(inputs):
            _refuse(self, inputs, self.first_losses(inputs), "its first write would replace its entries")

    def last_losses(self, identity: str, inputs: Inputs) -> Lost:
        """Return the access of undeclared subjects that a list's deletion would revoke, by their names.

        Raises:
            RolecallError: as `read`.
        """
        form = self.access_list
        if form is None or not form.deletes_others:
            return {}
        live = read_live(self, identity, inputs)
        return form.lost(live.inputs.properties(), inputs.properties()) if live is not None else {}

    def refuse_last_losses(self, identity: str, inputs: Inputs) -> None:
        """Refuse to delete a list together with other owners' entries without an override.

        Raises:
            RemovalRefused: another owner's entries would go; nothing was deleted.
        """
        if not _is_overridden(inputs):
            _refuse(self, inputs, self.last_losses(identity, inputs), "deleting it would delete them")

    def check(self, inputs: Inputs) -> None:
        """Find in a preview, without a change, what would refuse it; only a system with a dry run can.

        Raises:
            RolecallError: creating or updating it would fail.
        """
        return

    @abstractmethod
    def create(self, inputs: Inputs) -> Live[Inputs]:
        """Make it, or find what an earlier run has made."""

    @abstractmethod
    def read(self, identity: str, declared: Inputs | None) -> Live[Inputs] | None:
        """Return it as it is now, or None where it is gone.

        Args:
            identity: its id.
            declared: what was declared; None when it is imported.
        """

    @abstractmethod
    def update(self, identity: str, old: Inputs, new: Inputs) -> Live[Inputs]:
        """Change it in place."""

    @abstractmethod
    def delete(self, identity: str, declared: Inputs) -> None:
        """Remove it; what is gone already is fine."""


def read_live(resource: Resource[Any], identity: str, declared: Model | None) -> Live[Any] | None:
    """Return a resource as it is now, or None where it is gone; every read of a system goes through here.

    Raises:
        SystemUnreachable: the answer has no field by which the object is recognized, or another structure.
        RolecallError: as `Resource.read`.
    """
    with understood(f"{resource.token} {identity}"), live_state():
        return resource.read(identity, declared)


def _refuse(resource: Resource[Any], inputs: Model, lost: Lost, action: str) -> None:
    if lost:
        raise RemovalRefused(
            f"{resource.list_shown(inputs)} has entries that no run has made, and {action}: "
            f"{lost_shown(lost, SHOWN)}. Nothing was changed.",
            "Declare them, or write `removal_overrides` in the contract (`removalOverride` in a program).",
        )


def _is_overridden(inputs: Model) -> bool:
    override = getattr(inputs, "removal_override", None)
    expires: date | None = getattr(override, "expires", None)
    return expires is not None and expires >= datetime.now(UTC).date()


class Function(_OfModel, ABC, Generic[Arguments]):
    """A question that a program can ask while it runs; its type argument is the model of its arguments.

    Attributes:
        token: its name, `rolecall:SYSTEM:NAME`.
        description: what it answers, for the schema.
        returns: what it answers, as a JSON schema of its properties.
    """

    token: ClassVar[str]
    description: ClassVar[str]
    returns: ClassVar[dict[str, Any]]

    @abstractmethod
    def call(self, arguments: Arguments) -> Properties:
        """Return the answer."""
