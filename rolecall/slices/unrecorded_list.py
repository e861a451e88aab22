"""An access list with entries that no state has: one that a run writes for the first time, or deletes.

A list is written whole, and deleted whole. What others have granted on an object that exists without the list would go
with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from rolecall.ids.verbs import Kind
from rolecall.kinds.access import ASSIGNMENT, GRANTS, PERMISSIONS
from rolecall.kinds.comparison import privilege
from rolecall.kinds.registry import BY_NAME
from rolecall.slices.listed_objects import Listed
from rolecall.systems.databricks.list_entries import ListAddress

TOKEN_USERS = "authorization/tokens"  # noqa: S105 - a path
# A privilege that has all others of an object but these:
# https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html
ALL, BESIDE_ALL = (
    "ALL_PRIVILEGES",
    frozenset({"ALL_PRIVILEGES", "MANAGE", "EXTERNAL_USE_SCHEMA", "EXTERNAL_USE_LOCATION"}),
)
Words = Mapping[str, frozenset[str]]


@dataclass(frozen=True)
class UnrecordedList:
    """An access list that may have entries which no state has.

    Attributes:
        listed: the object or group that an override has to name.
        shown: the list, as messages call it.
        connection: the workspace through which it is written.
        address: where it is read.
        kept: what subjects have after the run, by their names on the list.
        known: what the state has of it, which the contract ends knowingly.
        kind: the kind of the object, by which its levels are compared; None where words are a set.
        ends: whether the run deletes the list.
        needed: whether its object has to exist before the run.
    """

    listed: Listed
    shown: str
    connection: str
    address: ListAddress
    kept: Words = field(default_factory=dict)
    known: Words = field(default_factory=dict)
    kind: Kind | None = None
    ends: bool = False
    needed: bool = False

    def lost(self, live: Mapping[str, Iterable[str]], deployer: str) -> dict[str, set[str]]:
        """Return live access, by subject, that the write would revoke and that no state or contract lists.

        Args:
            live: what each subject has, by its name on the list.
            deployer: application id of the deployer, whose own entries do not count.
        """
        kept, known = ({name.casefold(): words for name, words in each.items()} for each in (self.kept, self.known))
        found: dict[str, set[str]] = {}
        for name, words in live.items():
            folded = name.casefold()
            gone = {*words} - {*kept.get(folded, ())} - {*known.get(folded, ())}
            gone -= self._included(gone, kept.get(folded, frozenset()))
            if gone and folded.rpartition("/")[2] != deployer.casefold():
                found[name] = gone
        return found

    def _included(self, words: Iterable[str], kept: frozenset[str]) -> set[str]:
        """Return the words that a subject has through what it keeps."""
        if self.address.token in (GRANTS.token, GRANTS.single):
            return {*words} - BESIDE_ALL if ALL in {privilege(one) for one in kept} else set()
        if self.kind is None or self.address.token not in (PERMISSIONS.token, ASSIGNMENT.token):
            return set()
        ranks = {word: verb.rank for verb, each in BY_NAME[self.kind].words.items() for word in each}
        highest = max((ranks.get(word, -1) for word in kept), default=-1)
        return {word for word in words if ranks.get(word, highest + 1) <= highest}
