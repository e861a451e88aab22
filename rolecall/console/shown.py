"""Escaping of text from outside, for each output: names, error messages, answers of systems.

One function for each place in which it may end up, so that it is shown as what it is there and nothing more: it moves
no cursor and sets no colour, becomes no mention, link, formula, element or command, and does not look like another
text. Each of them begins with `plain`.
"""

from __future__ import annotations

import re
import unicodedata
from html import escape as _escape_html

from rich.markup import escape as _escape_markup

# Characters that are not shown, or that show others in another order: control, format (bidirectional, zero-width),
# surrogates, and the separators of lines and paragraphs. https://www.unicode.org/reports/tr36/#Bidirectional_Text_Spoofing
HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
# Letters and marks that show nothing: fillers of Hangul and Khmer, the empty Braille cell, variation selectors.
INVISIBLE = re.compile("[\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Commands to the runner of a CI system, in a line of output: `::error::` at its beginning, `##[group]` and
# `##vso[task.setvariable]` anywhere. https://github.com/actions/runner/blob/main/src/Runner.Common/ActionCommand.cs
_COMMAND = re.compile(r"^([^\S\n]*):(?=:)|#(?=#\w*\[)", re.MULTILINE)
# What makes something else of text within a line of Markdown, and at its beginning (GitHub Flavored Markdown, 4 and 6).
_INLINE = re.compile(r"([\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_]))")
_FIRST = re.compile(r"^(\s*\d*)([#+\-=:]|(?<=\d)[.)])")
# What GitHub and GitLab make links and mentions of, without any markup: people, issues, addresses, emoji.
_REFERENCES = re.compile(
    r"([@#!%](?=\w)|\\[~$](?=\w)|&amp;(?=\d)|://|\bwww(?=\.)|\bGH(?=-\d)|:(?=[\w+-]+:))", re.IGNORECASE
)
# Not shown, but enough between two characters that nothing is made of them.
BREAK = "&#8203;"
# https://owasp.org/www-community/attacks/CSV_Injection
_FORMULA = ("=", "+", "-", "@", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def plain(text: object, *, lines: bool = False) -> str:
    r"""Return text with every character that is not shown written out, as `\x1b` or `\u202e`.

    Args:
        text: the text.
        lines: leave ends of lines, and tabulators, as they are.
    """
    found = str(text)
    if not found.isascii() or not found.isprintable():
        found = "".join(one if _is_shown(one, lines=lines) else _written(one) for one in found)
    return _COMMAND.sub(_written_command, found) if "::" in found or "##" in found else found


def _is_shown(one: str, *, lines: bool) -> bool:
    if lines and one in "\n\t":
        return True
    return unicodedata.category(one) not in HIDDEN and INVISIBLE.match(one) is None


def _written(one: str) -> str:
    number = ord(one)
    if one in "\n\r\t":
        return {"\n": r"\n", "\r": r"\r", "\t": r"\t"}[one]
    if number < 0x100:
        return f"\\x{number:02x}"
    return f"\\u{number:04x}" if number < 0x10000 else f"\\U{number:08x}"


def _written_command(found: re.Match[str]) -> str:
    return r"\x23" if found[0] == "#" else rf"{found[1]}\x3a"


def terminal(text: object, *, lines: bool = False) -> str:
    """Return text for a line, or a cell, in rich's markup.

    Args:
        text: the text.
        lines: it may have several lines.
    """
    return _escape_markup(plain(text, lines=lines))


def markdown(text: object) -> str:
    """Return text for a paragraph, a heading or a cell of a table in Markdown, in one line.

    A mention would notify a user, and lend the text authority; a link or an image leads elsewhere, or tells its
    server who reads it.
    """
    shown = plain(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    shown = _FIRST.sub(r"\1\\\2", _INLINE.sub(r"\\\1", shown))
    return _REFERENCES.sub(rf"\1{BREAK}", shown)


def markdown_lines(text: object) -> str:
    """Return text of several lines for a cell of a table in Markdown."""
    return "<br>".join(markdown(line) for line in str(text).split("\n"))


def html(text: object) -> str:
    """Return text for an element or an attribute of HTML."""
    return _escape_html(plain(text))


def csv_cell(text: object) -> str:
    """Return text for a cell of CSV, which spreadsheets must not take for a formula."""
    shown = plain(text)
    # Some spreadsheets read full-width signs as the signs that they stand for.
    read = unicodedata.normalize("NFKC", shown).lstrip()
    return f"'{shown}" if read.startswith(_FORMULA) else shown


def xml(text: object, *, lines: bool = True) -> str:
    """Return text for ElementTree, which escapes markup and writes characters that XML does not have."""
    return plain(text, lines=lines).replace("]]>", "]]\\x3e")


def sarif(text: object) -> str:
    """Return text for a message of SARIF: `[text](target)` would be a link, `{0}` an argument (3.11.6, 3.11.5)."""
    return re.sub(r"([\\\[\]])", r"\\\1", plain(text, lines=True)).replace("{", "{{").replace("}", "}}")
