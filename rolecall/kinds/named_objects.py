"""Objects of the same project that an object names."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from rolecall.kinds.references import references_in
from rolecall.kinds.spec import Reference


def refers_by(sections: Mapping[str, str], content: str = "") -> Callable[[Any], Iterator[Reference]]:
    """Return a function that yields the objects that an object references.

    Args:
        sections: for each field that names an object, where it is set, the section that declares it.
        content: a field with a text or document that has substitutions.
    """

    def refers(value: Any) -> Iterator[Reference]:
        for field, section in sections.items():
            if (key := getattr(value, field)) is not None:
                yield Reference(section, key, field)
        if content:
            found = references_in(getattr(value, content))
            yield from dict.fromkeys(Reference(one.section, one.name, content) for one in found)

    return refers
