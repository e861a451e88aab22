"""Names that systems accept, and names that meet."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from rolecall.ids.ids import NamedId

# Bits of a digest that tell two names apart: 40, in hexadecimal digits.
DIGEST_LENGTH = 10


@dataclass(frozen=True)
class NameSyntax:
    """What a system accepts as a name.

    Attributes:
        source: the vendor's document.
        allowed: a character class of a regular expression, without brackets.
        letters: the same in words, for messages.
        length: the most characters; None where the vendor documents no limit.
        folds_case: names that differ only in case are one name.
    """

    source: str
    allowed: str = r"\s\S"
    letters: str = "any characters"
    length: int | None = None
    folds_case: bool = True

    def accepts(self, text: str) -> bool:
        """Return whether the system accepts a text as a name."""
        fits = self.length is None or len(text) <= self.length
        return fits and re.fullmatch(f"[{self.allowed}]*", text) is not None

    def fit(self, text: str, replacement: str = "-") -> str:
        """Return a text as a name that the system accepts; one that had to be changed ends in a digest of the text.

        Two texts become one name only where 40 bits of their SHA-256 digests are equal.
        """
        if self.accepts(text):
            return text
        plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
        # Small letters where only those are allowed: otherwise a capital would become the replacement.
        plain = plain if self.accepts("A") else plain.lower()
        written = "".join(letter if self.accepts(letter) else replacement for letter in plain)
        ending = replacement + hashlib.sha256(text.encode()).hexdigest()[:DIGEST_LENGTH]
        return written[: self.length - len(ending) if self.length is not None else None] + ending


@dataclass(frozen=True)
class RenderedName:
    """A name as one system holds it.

    Attributes:
        id: what is called so.
        path: where the contract declares it.
        noun: what the name is of, with the system: `Conductor workflow`.
        text: the name.
        namespace: what keeps names of this noun apart, say a workspace; outermost first.
        syntax: what the system accepts.
    """

    id: NamedId
    path: tuple[str | int, ...]
    noun: str
    text: str
    namespace: tuple[str, ...]
    syntax: NameSyntax

    @property
    def compared(self) -> str:
        """The name as the system compares it: in one Unicode form, and without case where the system folds it."""
        text = unicodedata.normalize("NFKC", self.text)
        return text.casefold() if self.syntax.folds_case else text


def collisions(names: Iterable[RenderedName]) -> list[tuple[RenderedName, ...]]:
    """Return names of different ids that a system takes for one, a tuple for each name, in the order given."""
    found: defaultdict[tuple[str, ...], dict[NamedId, RenderedName]] = defaultdict(dict)
    for name in names:
        found[name.noun, *name.namespace, name.compared].setdefault(name.id, name)
    return [tuple(same.values()) for same in found.values() if len(same) > 1]
