"""How a system's access list treats entries that no run has made, and the losses from its first write.

A list that is written whole replaces other owners' entries. Entries from earlier runs are in a state; a list that no
state has is read first, by the provider and before a deployment alike.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Lost = dict[str, set[str]]
# Placeholder for the access of an entry without permissions.
PLACE = "its place"


@dataclass(frozen=True)
class AccessList:
    """The entries of a resource that is an access list, and how its writes affect other entries.

    Attributes:
        identity: the properties that make up its id, which `/` separates.
        entries: the property with its entries.
        subject: the fields of an entry that name its subject, the name last; none where an entry is the name itself.
        words: the field of an entry with its access, one word or several; empty where membership is all.
        levels: the words from the weakest, where each includes those before it; none where words are a set.
        replaces_others: whether writing it removes entries that are not declared.
        deletes_others: whether deleting it removes entries that were not declared; None where it is its object, with
            which all entries go.
    """

    identity: tuple[str, ...]
    entries: str = "holders"
    subject: tuple[str, ...] = ("type", "name")
    words: str = "access"
    levels: tuple[str, ...] = ()
    replaces_others: bool = True
    deletes_others: bool | None = False

    def id_of(self, properties: Mapping[str, Any]) -> str:
        """Return the id of the list that some properties declare."""
        return "/".join(str(properties.get(name) or "") for name in self.identity)

    def fields(self) -> Iterator[tuple[str, ...]]:
        """Yield the path of each property and field that it names."""
        yield from ((name,) for name in (*self.identity, self.entries))
        yield from ((self.entries, name) for name in (*self.subject, *([self.words] if self.words else [])))

    def held(self, properties: Mapping[str, Any]) -> dict[tuple[str, ...], set[str]]:
        """Return the access of each subject of a list, by its key."""
        found: dict[tuple[str, ...], set[str]] = {}
        for entry in properties.get(self.entries) or []:
            key = tuple(str(entry.get(name)) for name in self.subject) if self.subject else (str(entry),)
            words = entry.get(self.words) if self.words else PLACE
            found.setdefault(key, set()).update(map(str, words) if isinstance(words, list) else [str(words)])
        return found

    def lost(self, live: Mapping[str, Any], kept: Mapping[str, Any]) -> Lost:
        """Return the access that each subject of a live list would lose with other properties, by its name."""
        after = self.held(kept)
        found: Lost = {}
        for key, words in self.held(live).items():
            gone = {word for word in words if not self._includes(after.get(key, set()), word)}
            if gone:
                sort = f" ({key[0].lower().replace('_', ' ')})" if len(key) > 1 else ""
                found[f"{key[-1]}{sort}"] = gone
        return found

    def _includes(self, held: set[str], word: str) -> bool:
        if word in held or word not in self.levels:
            return word in held
        return any(one in self.levels and self.levels.index(one) > self.levels.index(word) for one in held)


def lost_shown(lost: Mapping[str, set[str]], shown: int) -> str:
    """Return the losses as text for messages.

    Args:
        lost: the lost access of each subject, by its name.
        shown: the largest number of subjects that are named.
    """
    each = [f"{subject} loses {', '.join(sorted(words))}" for subject, words in sorted(lost.items())]
    more = f" and {len(each) - shown} more" if len(each) > shown else ""
    return "; ".join(each[:shown]) + more
