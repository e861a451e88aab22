"""Objects that hold data, as the contract's `deletions` name them, found by their resources."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

import yaml

from rolecall import plain_yaml
from rolecall.contract.contract import Contract
from rolecall.contract.deletion import BY_TYPE, DataHolder, Deletion
from rolecall.contract.naming import catalog_comment
from rolecall.kinds.dataset import SCHEMA, schema_name
from rolecall.kinds.registered_model import MODELS
from rolecall.kinds.volume import VOLUME


class Known(Protocol):
    """A resource as a state or the engine has it."""

    @property
    def type(self) -> str:
        """Its type token."""

    @property
    def name(self) -> str:
        """Its name among the stack's resources."""

    @property
    def inputs(self) -> Mapping[str, Any]:
        """Its declared properties."""


@dataclass(frozen=True, order=True)
class DataObject:
    """An object that holds data.

    Attributes:
        kind: its kind.
        object: its name in `deletions`.
        environment: its environment; empty for a workspace, and for a catalog of which none is known.
        project: its project; empty where it is no project's.
        inside: the object that it lies in, as `deletions` names it; empty for everything that is no child.
    """

    kind: str
    object: str
    environment: str = ""
    project: str = ""
    inside: str = ""

    def __str__(self) -> str:
        """Return it as messages name it."""
        where = f" in {self.environment}" if self.environment else ""
        return f"{self.kind.replace('_', ' ')} {self.object}{where}"

    @property
    def holder(self) -> DataHolder:
        """What is lost with objects of its kind."""
        return next(one for one in BY_TYPE.values() if one.kind == self.kind)

    def entry(self) -> str:
        """Return the start of the entry of `deletions` that is about it."""
        where = f", in: [{self.environment}]" if self.environment and self.project else ""
        return f"kind: {self.kind}, object: {_in_yaml(self.object)}{where}"

    def is_covered(self, entry: Deletion) -> bool:
        """Return whether an entry of `deletions` is about it: by itself, or about something that it is in."""
        if entry.environment is not None:
            return bool(self.environment) and entry.environment == self.environment
        if self.environment and not entry.is_in(self.environment):
            return False
        if entry.project is not None:
            return entry.project == self.project
        if self.inside and (entry.kind, entry.object) == (self.holder.inside, self.inside):
            return True
        return entry.kind == self.kind and entry.object == self.object


def _in_yaml(text: str) -> str:
    """Return a text as a YAML scalar, quoted only if necessary: a key of a tag may be a number."""
    try:
        is_plain = plain_yaml.load(f"{{text: {text}}}") == {"text": text}
    except yaml.YAMLError:
        is_plain = False
    return text if is_plain else json.dumps(text, ensure_ascii=False)


def data_object(known: Known, environment: str, project: str, contract: Contract) -> DataObject | None:
    """Return the object that a resource stands for; None where it holds no data.

    Args:
        known: the resource.
        environment: the environment of its stack; empty for the account's.
        project: the project of its stack; empty where it is no project's.
        contract: the contract, which may not have the object any more.
    """
    holder = BY_TYPE.get(known.type)
    if holder is None:
        return None
    name = str(known.inputs.get(holder.name) or known.name)
    if holder.one_for_each:
        own = _environment_of(name, known, contract) if holder.one_for_each == "catalog" else ""
        return DataObject(holder.kind, name, own)
    key = known.name.removeprefix(f"{project}-")
    if holder.inside:
        # A dataset's own are named DATASET-NAME; keys of a section of their own have no dash.
        own = key.removesuffix(f"-{name}") if "-" in key else _dataset_of_volume(key, known, project, contract)
        outer = f"{project}/{own}"
        return DataObject(holder.kind, f"{outer}/{name}", environment, project, outer)
    if known.type == SCHEMA and name == schema_name(project, MODELS):
        # Nothing is in it but models, of which each is an object of its own.
        return None
    return DataObject(holder.kind, f"{project}/{key}", environment, project)


def _dataset_of_volume(key: str, known: Known, project: str, contract: Contract) -> str:
    """Return the key of the dataset of a volume with a section entry; its schema's name where the contract has none."""
    schema = known.inputs.get("schemaName")
    if isinstance(schema, str):
        return schema.removeprefix(schema_name(project, ""))
    # It is being declared: the schema is an output.
    declared = VOLUME.objects(contract.projects[project]).get(key) if project in contract.projects else None
    return declared.dataset or "" if declared is not None else ""


def allowed_by(target: DataObject, contract: Contract, today: date) -> Deletion | None:
    """Return the entry that allows to delete an object today; the one that allows most, where several do."""
    entries = [one for one in contract.deletions if one.holds_on(today) and target.is_covered(one)]
    return max(entries, key=lambda one: one.with_data, default=None)


def unwritten(target: DataObject, verb: str, held: str, contract: Contract, today: date) -> str:
    """Return why an object may not go, and what to write so that it may.

    Args:
        target: the object.
        verb: what would happen to it.
        held: what is in it, counted; empty where that is not known.
        contract: the contract.
        today: the day on which an entry has to hold.
    """
    lost = f"it holds {held}" if held else f"with it go its {target.holder.holds}"
    ended = expired_for(target, contract, today)
    late = f" The entry of {ended.owner} ended on {ended.expires}." if ended else ""
    written = f"deletions: [{{{target.entry()}, reason: …, owner: …, expires: YYYY-MM-DD}}]"
    return f"{target} would be {verb}; {lost}. Nothing was changed.{late}\nTo allow it, write `{written}`."


def is_protected(target: DataObject, was_protected: bool | None, contract: Contract) -> bool:  # noqa: FBT001 - no flag: None is unknown
    """Return whether an object needs an entry to be deleted.

    Args:
        target: the object.
        was_protected: whether its environment was protected, by the state; None if the state lacks it.
        contract: the contract, which may not have its environment any more.
    """
    if target.holder.always_kept:
        return True
    environment = contract.environments.get(target.environment)
    if environment is not None:
        return environment.protected or bool(was_protected)
    # Whether the environment was protected is unknown: an older Rolecall has written the state.
    return was_protected is not False


def expired_for(target: DataObject, contract: Contract, today: date) -> Deletion | None:
    """Return an entry about an object that has ended."""
    return next((one for one in contract.deletions if not one.holds_on(today) and target.is_covered(one)), None)


def _environment_of(catalog: str, known: Known, contract: Contract) -> str:
    """Return a catalog's environment, also where the contract has it no more; empty where none is known."""
    own = (name for name, one in contract.environments.items() if one.catalog == catalog)
    written: Iterable[str] = (one.environment for one in contract.deletions if one.environment)
    comment = known.inputs.get("comment")
    named = (name for name in written if comment == catalog_comment(contract.organization, name))
    return next(own, None) or next(named, "")
