"""Confusable names: names that read the same must be one name.

Unicode Technical Standard 39, "Unicode Security Mechanisms", section 4 (confusable detection); its table is that of the
confusable-homoglyphs library, which is read where a name has other letters than ASCII's only.
"""

from __future__ import annotations

import unicodedata
from functools import cache

# The table's own rows for ASCII, as far as they stay when case is ignored.
_ASCII = str.maketrans({"0": "o", "1": "l", "|": "l", "`": "'"})
_CAPITAL_I = str.maketrans({"I": "l"})


def skeletons(name: str) -> tuple[str, ...]:
    """Return the skeletons of a name: two names are confusable where they share one.

    A capital I looks like a small l, and is the same name as a small i where a system folds case: hence two.
    """
    plain = name if name.isascii() else _plain(name)
    folded = _skeleton(plain.casefold())
    if "I" not in plain:
        return (folded,)
    return (folded, _skeleton(plain.translate(_CAPITAL_I).casefold()))


def _skeleton(text: str) -> str:
    return text.translate(_ASCII).replace("rn", "m")


@cache
def _plain(name: str) -> str:
    """Return a name with each letter replaced by the ASCII letter it is confusable with, if there is one."""
    decomposed = unicodedata.normalize("NFKD", name)
    return " ".join("".join(_prototype(letter) for letter in decomposed).split(" ")).strip()


@cache
def _prototype(letter: str) -> str:
    if letter.isascii():
        return letter
    if unicodedata.category(letter) in ("Cf", "Mn", "Me") and unicodedata.combining(letter) == 0:
        return ""
    from confusable_homoglyphs.confusables import confusables_data

    alike = [letter, *(str(one["c"]) for one in confusables_data.get(letter, ()))]
    return min(alike, key=lambda one: (not one.isascii(), len(one), one))
