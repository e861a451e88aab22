"""Whether properties are right, and how they differ: pure functions over a resource's model."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, cast

from pydantic import TypeAdapter, ValidationError

from rolecall.contract.problems import nearest
from rolecall.provider.values import is_unknown, known
from rolecall.systems.resource import Model, Properties, Resource

# Not a property: the engine adds it to what a program declares.
_INTERNAL = "__"


@dataclass(frozen=True)
class Failure:
    """A property that is wrong: which one, and why."""

    property: str
    reason: str


def failures(model: type[Model], properties: Mapping[str, Any]) -> list[Failure]:
    """Return everything that is wrong with properties; what is not known yet is taken as right."""
    unknown = {key for key, value in properties.items() if is_unknown(value)}
    names = [field.alias or name for name, field in model.model_fields.items()]
    found: list[Failure] = []
    try:
        model.model_validate({key: value for key, value in known(properties).items() if not key.startswith(_INTERNAL)})
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            path = ".".join(str(part) for part in detail["loc"])
            first = str(detail["loc"][0]) if detail["loc"] else ""
            if first in unknown:
                continue
            found.append(Failure(path, _reason(detail["type"], detail["msg"], first, names)))
    return found


def _reason(kind: str, message: str, name: str, allowed: list[str]) -> str:
    if kind == "extra_forbidden":
        guess = nearest(name, allowed)
        hint = f" Did you mean {guess!r}?" if guess else ""
        return f"there is no such property.{hint} Allowed: {', '.join(sorted(allowed))}."
    if kind == "missing":
        return "it is required"
    return message.removeprefix("Value error, ")


def with_defaults(model: type[Model], properties: Mapping[str, Any]) -> Properties:
    """Return right properties as the model writes them, with its defaults for those that are not given."""
    found: Properties = {}
    for name, field in model.model_fields.items():
        key = field.alias or name
        if key in properties:
            value = properties[key]
            found[key] = value if is_unknown(value) else _written(_adapter(model, name), value)
        elif not field.is_required() and (default := _default(model, name)()) is not None:
            found[key] = default
    return found


# Without a cache, pydantic builds both at each call, which takes longer than the rest of a check.
@cache
def _adapter(model: type[Model], name: str) -> TypeAdapter[Any]:
    annotation: Any = model.model_fields[name].annotation
    return TypeAdapter(annotation)


@cache
def _default(model: type[Model], name: str) -> Callable[[], Any]:
    """Return a factory of a field's default: each resource gets its own value."""
    field = model.model_fields[name]
    if field.default_factory is not None and not field.default_factory_takes_validated_data:
        return cast("Callable[[], Any]", field.default_factory)
    return partial(field.get_default, call_default_factory=True)


def _written(adapter: TypeAdapter[Any], value: Any) -> Any:
    return adapter.dump_python(adapter.validate_python(value), mode="json", by_alias=True, exclude_none=True)


@dataclass(frozen=True)
class Difference:
    """How declared properties differ from those that are: all that do, and those that need a new object."""

    changed: tuple[str, ...]
    replaced: tuple[str, ...]


def difference(
    resource: type[Resource[Any]], old: Mapping[str, Any], new: Mapping[str, Any], ignored: list[str]
) -> Difference:
    """Return which properties differ.

    Args:
        resource: the type.
        old: properties of the object as it was last seen.
        new: properties that are declared.
        ignored: properties whose change the program wants ignored.
    """
    names = [field.alias or name for name, field in resource.model.model_fields.items()]
    changed = [
        name
        for name in names
        if name not in resource.settings and name not in ignored and not _same(resource, name, old, new)
    ]
    replaced = [name for name in changed if name in resource.replaced_by]
    return Difference(tuple(changed), tuple(replaced))


def _same(resource: type[Resource[Any]], name: str, old: Mapping[str, Any], new: Mapping[str, Any]) -> bool:
    before, after = old.get(name), new.get(name)
    if is_unknown(after):
        return False
    if name in resource.unordered and isinstance(before, list) and isinstance(after, list):
        return sorted(map(str, before)) == sorted(map(str, after))
    # Nothing, an empty text and an empty list are the same to every system here.
    return before == after or (not before and not after)
