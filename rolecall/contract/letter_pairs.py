"""How unlike a name a text is, by its pairs of characters: words have common pairs, generated keys have all of them.

For each pair, the bits that names and words take are compared with those that random characters take. Random text gains
one to two bits with each character and a name loses as much, so a key of 28 characters is far from any name.
"""

from __future__ import annotations

import math
import string
from itertools import pairwise

# Bits of each letter (column, a to z) behind each letter (row), rounded, in hexadecimal: counted in the identifiers and
# the documentation of this repository. A common pair takes 2 or 3 bits, one that no word has takes 10.
_ROWS = """
843597595A6354A5A343577867 3778369744827837A4464A9A6A 4A4929935A448A27A473599A5A 36651758397668468547588A6A
4743666879955385723486657A 3878338A2A74973AA4655A9A7A 4A6728653A767457A347478A99 36872A9938966927956469AA68
6644555A8A945235A54495A7A6 49961998599999289947394999 586515794A87A576A52567A8AA 387527892A9487379745479A5A
25772AAA3A866743A7575A7A9A 49443538497666559732668A7A 6555866A68545255A355354979 397739864A947834A35449996A
69999999989399989968099999 3856276A3A575537A545558A5A 59482885496688447732486A6A 386728842A968846A44568795A
5565476A5AA44373A33399A9AA 288A199A2AA9A857AA9A88A9AA 39763A943A768428A447994AAA 49373689498677729762978769
5645456A498644529634766A76 27991999599669479979399669
"""
_BITS = _ROWS.split()
# Bits of a change from one class of characters to another in names: small, capital, digit, sign.
_CHANGE = {
    "aa": 0.3, "aA": 3.5, "a0": 4.0, "a-": 2.5,
    "AA": 1.2, "Aa": 1.0, "A0": 3.5, "A-": 3.0,
    "00": 0.7, "0a": 3.0, "0A": 3.5, "0-": 2.0,
    "-a": 0.8, "-A": 2.0, "-0": 2.5, "--": 4.0,
}  # fmt: skip
# Bits of the first letter of a word, of a digit, and of a sign of names.
_FIRST, _DIGIT, _SIGN = 4.5, math.log2(10), 2.0
SIGNS = "+/=_-"
# Bits of a random character: of Base64, and of small letters with digits or capitals with digits.
_OF_64, _OF_36 = 6.0, math.log2(36)


def _class(character: str) -> str:
    return "a" if character.islower() else "A" if character.isupper() else "0" if character.isdigit() else "-"


def _bits(before: str, character: str) -> float:
    change = _class(before) + _class(character)
    if character.isdigit():
        return _CHANGE[change] + _DIGIT
    if not character.isalpha():
        return _CHANGE[change] + _SIGN
    if change in ("aa", "AA", "Aa"):
        row = _BITS[string.ascii_lowercase.index(before.lower())]
        return _CHANGE[change] + int(row[string.ascii_lowercase.index(character.lower())], 16)
    return _CHANGE[change] + _FIRST


# Bits by which a word of eight letters is more like a name than like random characters.
MAX_OF_NAMES = -8.0
_ALL = string.ascii_letters + string.digits + SIGNS
_PAIRS = {(before, one): _bits(before, one) for before in _ALL for one in _ALL}
_GAINS = {pair: bits - _OF_64 for pair, bits in _PAIRS.items() if pair[0].isalpha() and pair[1].isalpha()}


def most_random(text: str) -> tuple[float, str]:
    """Return the part of a text that is least like a name, and by how many bits.

    Args:
        text: letters, digits and `SIGNS` only.
    """
    is_mixed = text.lower() != text != text.upper() or any(sign in text for sign in SIGNS)
    random = _OF_64 if is_mixed else _OF_36
    gain = most = 0.0
    start = first = last = 0
    for index in range(1, len(text)):
        gain += _PAIRS[text[index - 1], text[index]] - random
        if gain <= 0:
            gain, start = 0.0, index
        elif gain > most:
            most, first, last = gain, start, index + 1
    return most, text[first:last]


def is_like_a_name(text: str) -> bool:
    """Return whether the letters of a text are so many, and so much like words, that it is no part of a key."""
    return sum(filter(None, map(_GAINS.get, pairwise(text)))) < MAX_OF_NAMES
