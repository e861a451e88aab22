"""Invisible characters, and texts with more than one encoding.

Unicode Technical Report 36, "Unicode Security Considerations", and the "Trojan Source" paper (CVE-2021-42574).
"""

from __future__ import annotations

import unicodedata

# Unicode categories of control characters, of format characters (zero-width and bidirectional ones), of private use, of
# what is no character, and of line and paragraph separators.
HIDDEN = ("Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp")
# Default_Ignorable_Code_Point of other categories, and blanks that are letters or symbols.
_INVISIBLE = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0") | frozenset(
    chr(code)
    for start, end in ((0x180B, 0x180F), (0xFE00, 0xFE0F), (0xE0100, 0xE01EF))
    for code in range(start, end + 1)
)
# What a longer text may have: lines and columns, and the joints of emoji.
OF_TEXTS = frozenset("\n\t")
OF_DESCRIPTIONS = OF_TEXTS | {"\u200d", "\ufe0f"}


def hidden_characters(text: str, allowed: frozenset[str] = frozenset()) -> list[str]:
    """Return the invisible characters of a text as U+XXXX, each once."""
    if text.isascii() and text.isprintable():
        return []
    found = [
        letter
        for letter in dict.fromkeys(text)
        if letter not in allowed and (unicodedata.category(letter) in HIDDEN or letter in _INVISIBLE)
    ]
    return [f"U+{ord(letter):04X}" for letter in found]


def escaped(text: str) -> str:
    """Return a text with every invisible character escaped, for messages."""
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{{{ord(one):04x}}}" if hidden_characters(one, OF_TEXTS) else one for one in text)


def engine_text(text: str) -> str:
    """Return a text for the engine, which prints messages as they are, and takes `<{%red%}>` for a colour.

    https://github.com/pulumi/pulumi/blob/master/sdk/go/common/diag/colors/colors.go
    """
    return escaped(text).replace("<{%", "<{ %")


def is_composed(text: str) -> bool:
    """Return whether a text is in Unicode normal form C."""
    return text.isascii() or unicodedata.is_normalized("NFC", text)


def has_odd_spaces(text: str) -> bool:
    """Return whether a name has a space other than U+0020, or two in a row."""
    return "  " in text or any(letter != " " and unicodedata.category(letter) == "Zs" for letter in text)
