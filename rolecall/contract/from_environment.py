"""Marks fields of the contract's model whose values may come from environment variables: addresses and ids."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from ipaddress import IPv4Address
from types import NoneType
from typing import Annotated, Any, get_args, get_origin
from uuid import NAMESPACE_DNS, uuid5
from zlib import crc32

from pydantic import BaseModel

from rolecall.contract.source import Path

# Any name or position in a path.
ANY = "*"
# Names in a path of the deepest marked field, and some more.
DEEPEST = 6
# Addresses for documentation (RFC 5737, TEST-NET-2).
_DOCUMENTATION = IPv4Address("198.51.100.0")


@dataclass(frozen=True)
class Unset:
    """The reference to an unset variable.

    Attributes:
        name: the variable's name.
        begins: whether the value begins with the reference.
        ends: whether the value ends with the reference.
    """

    name: str
    begins: bool
    ends: bool

    @property
    def whole(self) -> bool:
        """Whether the value is the reference and nothing else."""
        return self.begins and self.ends

    @property
    def word(self) -> str:
        """A word that names the variable."""
        return "unset-" + self.name.lower().replace("_", "-").strip("-")

    @property
    def uuid(self) -> str:
        """A UUID made from the variable's name."""
        return str(uuid5(NAMESPACE_DNS, self.name))


@dataclass(frozen=True)
class FromEnvironment:
    """Metadata of a field that may refer to an environment variable.

    Attributes:
        placeholder: returns a valid value for an unset variable, by which a contract is validated without its
            deployment's addresses; distinct for each variable.
    """

    placeholder: Callable[[Unset], str]


def _cidr(one: Unset) -> str:
    if one.whole:
        return f"{_DOCUMENTATION + crc32(one.name.encode()) % 256}/32"
    return str(_DOCUMENTATION) if one.begins else "1"


def _issuer(one: Unset) -> str:
    if one.begins:
        return f"https://{one.word}.okta.com"
    return one.uuid if one.name.endswith("_ID") else one.word


def _whole(made: Callable[[Unset], str]) -> FromEnvironment:
    """Return the marker of a field in which a part of a value is replaced by the word alone."""
    return FromEnvironment(lambda one: made(one) if one.whole else one.word)


ACCOUNT_HOST = _whole(lambda _: "https://accounts.cloud.databricks.com")
WORKSPACE_HOST = _whole(lambda one: f"https://{one.word}.cloud.databricks.com")
ISSUER = FromEnvironment(_issuer)
UUID = _whole(lambda one: one.uuid)
CIDR = FromEnvironment(_cidr)
STORAGE = _whole(lambda one: f"s3://{one.word}")
SIGN_IN_NAME = _whole(lambda one: f"{one.word}@unset.example")
IDENTIFIER = FromEnvironment(lambda one: one.word)


@cache
def environment_fields(model: type[BaseModel]) -> Mapping[Path, FromEnvironment]:
    """Return the marked fields of a model by their paths, in which `*` is any name or position."""
    return dict(_fields(model, ()))


def _fields(model: type[BaseModel], path: Path) -> Iterator[tuple[Path, FromEnvironment]]:
    if len(path) > DEEPEST:
        # A model that contains itself.
        return
    for name, field in model.model_fields.items():
        at = (*path, field.alias or name)
        yield from _marked(field.annotation, field.metadata, at)


def _marked(annotation: Any, metadata: list[Any], path: Path) -> Iterator[tuple[Path, FromEnvironment]]:
    markers = [one for one in metadata if isinstance(one, FromEnvironment)]
    origin, arguments = get_origin(annotation), [one for one in get_args(annotation) if one is not NoneType]
    if origin is Annotated:
        yield from _marked(arguments[0], [*markers, *arguments[1:]], path)
    elif isinstance(annotation, type) and origin is None and issubclass(annotation, BaseModel):
        yield from _fields(annotation, path)
    elif origin in (list, dict):
        yield from _marked(arguments[-1], markers, (*path, ANY))
    elif arguments and not markers:
        for one in arguments:
            yield from _marked(one, [], path)
    elif markers and arguments:
        # A union: the marker is of the text in it, or of the items of a list in it.
        for one in arguments:
            yield from _marked(one, markers, path)
    elif markers:
        yield path, markers[0]
