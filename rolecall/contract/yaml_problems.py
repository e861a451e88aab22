"""Messages for text that is not YAML: what a person wrote, in the words of the file and not of the parser."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from contextlib import suppress

import yaml

from rolecall.errors import Place, Problem
from rolecall.ids.characters import hidden_characters

ID = "invalid-yaml"
# Characters of a value that a message shows.
SHOWN_CHARACTERS = 60
QUOTE = "Quote the value if it is text."
PLAIN_TEXT = "A contract is plain UTF-8 text."
# Parts of the parser's context and problem, with what they mean for the author and how to go on.
_MEANINGS: tuple[tuple[str, str, str], ...] = (
    (
        "but found another document",
        "a second document begins here (`---`); a contract's file has one",
        "Remove the `---`, or move what follows into a file of its own and name it under `include`.",
    ),
    (
        "did not find expected <document start>",
        "the document has ended already, by `...`, or begins with a directive (`%`)",
        "Remove the line with `...` or `%`; a file is one document.",
    ),
    ("undefined alias", "an alias (`*name`) has no anchor (`&name`) before it", "Quote the value if `*` is text."),
    ("duplicate anchor", "an anchor (`&name`) is used twice", "Give one of the two another name."),
    (
        "mapping values are not allowed",
        "there is a `:` where no key can be",
        "Quote a value that contains `: `, and write a space after the colon of the key above.",
    ),
    (
        "while scanning a quoted scalar|unexpected end of stream",
        "a quoted text has no end",
        "Add the closing quote; write '' for a single quote within single quotes.",
    ),
    ("unknown escape character", "`\\` begins an unknown escape", "Use single quotes, or write \\\\ for a backslash."),
    ("flow sequence", "a list has no closing `]`, or a `,` is missing", "Close it, or put a comma between its items."),
    (
        "flow mapping",
        "a mapping has no closing `}`, or a `,` is missing",
        "Close it, or put a comma between its keys; quote a value that contains `,`, `{` or `}`.",
    ),
    (
        "block collection",
        "a list goes on without `-`",
        "Begin each item with `- `, all in one column; indent the keys of one item alike.",
    ),
    (
        "block mapping",
        "the indentation fits no mapping above, or text follows a quoted value",
        "Indent the keys of one mapping alike; quote a whole value, not a part of it.",
    ),
    (
        "simple key",
        "a line is no `key: value`",
        "Write a space after the colon, and indent the further lines of a long text.",
    ),
    ("block scalar", "text follows `|` or `>`", "Begin the text in the next line, indented."),
    ("node content", "a value is missing, or a bracket has no partner", "Write the value, or remove the bracket."),
)
_WITH_VALUE = re.compile(r"\s*(?:- +)?[\w.-]+: +[^\s|>&*#\[{].*")
# Letters of other widths and typographic dashes, with what they look like.
_PLAIN = {"\uff1a": ":", "\u2013": "-", "\u2014": "-", "\u2212": "-", "\uff0d": "-"}
_PLAIN |= dict.fromkeys("\u201c\u201d\u201e\u00ab", '"') | dict.fromkeys("\u2018\u2019\u201a", "'")
# Before the first character of a value.
_BEFORE_VALUE = (":", ",", "[", "{", "-", "")
_NAMELESS = "expected alphabetic or numeric character"
_RESERVED = {
    "@": "`@` cannot begin an unquoted value",
    "`": "a backtick cannot begin an unquoted value",
    "%": "`%` cannot begin an unquoted value",
}


def invalid_yaml(error: yaml.MarkedYAMLError, text: str, file: str) -> Problem:
    """Return the problem of a syntax error.

    Args:
        error: the parser's error.
        text: the whole file.
        file: its name.
    """
    mark = error.problem_mark or error.context_mark
    if "simple key" in str(error.context) or _NAMELESS in str(error.problem):
        mark = error.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    lines = text.splitlines()
    written = lines[line] if line < len(lines) else ""
    if (looks := _look_alike(lines, line)) is not None:
        how = "Type the plain character instead; quote the value if it is text."
        return Problem(ID, Place(file, looks[0] + 1, looks[1] + 1), f"not valid YAML: {looks[2]}", how)
    if {*written} & {"'", '"'} and (quote := _open_quote(text, line)) is not None:
        what = f"a quoted text begins here, and ends in line {quote.end_mark.line + 1} by the quote of another one"
        place = Place(file, quote.start_mark.line + 1, quote.start_mark.column + 1)
        return Problem(ID, place, f"not valid YAML: {what}", "Add the closing quote.")
    what, how = _too_deep(error, lines, line) or _meaning(error, written, column)
    opened = error.context_mark
    if opened is not None and opened.line != line and "flow" in str(error.context) + str(error.problem):
        what += f"; it begins in line {opened.line + 1}"
    elif "quoted scalar" in str(error.context) and opened is not None:
        line, column = opened.line, opened.column
    return Problem(ID, Place(file, line + 1, column + 1), f"not valid YAML: {what}", how)


def _open_quote(text: str, line: int) -> yaml.ScalarToken | None:
    """Return a quoted text of several lines that ends in the line of an error: its closing quote was forgotten."""
    found = None
    with suppress(yaml.YAMLError):
        for token in yaml.scan(text):
            if isinstance(token, yaml.ScalarToken) and token.style in ("'", '"'):
                begins, ends = token.start_mark.line, token.end_mark.line
                found = token if begins < ends == line else found
    return found


def _look_alike(lines: Sequence[str], line: int) -> tuple[int, int, str] | None:
    """Return line and column of a letter that only looks like a space, a colon, a dash or a quote, with what it is."""
    for number in (line, line - 1):
        written = lines[number] if 0 <= number < len(lines) else ""
        begins = len(written) - len(written.lstrip())
        # In a text with quotes or a comment it is no mistake.
        for column, letter in enumerate(re.split(r"[\"'#]", written)[0]):
            plain = " " if unicodedata.category(letter) == "Zs" and letter != " " else _PLAIN.get(letter, "")
            is_first = written[:column].rstrip()[-1:] in _BEFORE_VALUE
            if plain and (is_first if plain in "'\"" else plain != "-" or column == begins):
                name = unicodedata.name(letter, "a letter without a name").lower()
                noun = "a space" if plain == " " else f"`{plain}`"
                return number, column, f"U+{ord(letter):04X} ({name}) only looks like {noun}"
    return None


def _too_deep(error: yaml.MarkedYAMLError, lines: Sequence[str], line: int) -> tuple[str, str] | None:
    """Return the problem of a key that is indented below a key with a value; None where it is another one."""
    above = next((one for one in reversed(lines[:line]) if one.strip() and not one.lstrip().startswith("#")), "")
    written = lines[line] if line < len(lines) else ""
    is_deeper = len(written) - len(written.lstrip()) > len(above) - len(above.lstrip())
    if "mapping values are not allowed" in str(error.problem) and is_deeper and _WITH_VALUE.fullmatch(above):
        what = "the key is indented below a key that has a value"
        return what, "Indent the keys of one mapping alike, or put the value of the key above below it too."
    return None


def _meaning(error: yaml.MarkedYAMLError, written: str, column: int) -> tuple[str, str]:
    """Return what a syntax error means, and how to go on."""
    said = f"{error.context} {error.problem}"
    if written.startswith(("<<<<<<<", "=======", ">>>>>>>")):
        return (
            "it contains the markers of a merge conflict",
            "Resolve the conflict, and remove the lines with the marks.",
        )
    here = written[column : column + 1]
    if "tab character" in said or here == "\t" or "\t" in written[: len(written) - len(written.lstrip())]:
        return "the line is indented with a tab", "Indent with spaces; YAML forbids tabs there."
    if "cannot start any token" in said:
        if written[column : column + 2] == "%}" or "{%" in written:
            return "it contains a template's `{% … %}`", "Write the result of the template; a contract is plain YAML."
        return _RESERVED.get(here, f"{here!r} cannot be here"), QUOTE
    tag = re.search(r"constructor for the tag '([^']*)'", said)
    if tag:
        name = tag[1].replace("tag:yaml.org,2002:", "!!")
        if name == "!!value":
            return "`=` alone is no text", QUOTE
        return f"the tag {name} is not allowed", "Remove it; a contract has plain values only. Quote a text with `!`."
    if here == "-" and "block mapping" in said:
        return "a list item (`-`) is where a key is expected", "Indent it below its key, or write `key: value`."
    if "${env: " in written:
        return "a reference has a space after its colon", "Write ${env:NAME}."
    if "flow mapping" in said and "${" in written:
        return "`{` and `}` of a reference stand in a mapping without quotes", 'Quote it: {host: "${env:ML_HOST}"}.'
    if _NAMELESS in said:
        begins = "*" if "alias" in said else "&"
        return f"`{begins}` begins {'an alias' if begins == '*' else 'an anchor'}, and no name follows", QUOTE
    for pattern, what, how in _MEANINGS:
        if re.search(pattern, said):
            return what, how
    return str(error.problem or error.context), "Mind the indentation, and quote what contains `:` or `#`."


def unreadable_character(error: yaml.YAMLError, text: str, file: str) -> Problem:
    """Return the problem of a character that no YAML file may have."""
    position = getattr(error, "position", None)
    if not isinstance(position, int) or position >= len(text):
        return Problem(ID, Place(file, 1), "not valid YAML: it cannot be read", PLAIN_TEXT)
    before = text[:position]
    found = text[position]
    shown = ", ".join(hidden_characters(found)) or repr(found)
    what = f"not valid YAML: it contains the control character {shown}"
    if found == "\0":
        what += "; is it UTF-16, or no text at all"
    place = Place(file, before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1)
    return Problem(ID, place, what, f"Remove it. {PLAIN_TEXT}")


def unreadable_value(written: str, place: Place, error: Exception) -> Problem:
    """Return the problem of a value that has the form of a date or number and is none."""
    shown = written if len(written) <= SHOWN_CHARACTERS else f"{written[:SHOWN_CHARACTERS]}…"
    if re.match(r"\d{4}-\d", written):
        what = f"{shown!r} cannot be read: there is no such date or time"
        return Problem(ID, place, what, f"Write one that there is. {QUOTE}")
    reason = "binary values have no place in a contract" if "binary" in str(error) else "it does not match its tag"
    if isinstance(error, ValueError | OverflowError) and "binary" not in str(error):
        reason = "it is no number"
    return Problem(ID, place, f"{shown!r} cannot be read: {reason}", QUOTE)


def unreadable_file(name: str, place: Place | None, error: Exception) -> Problem:
    """Return the problem of a file that cannot be read.

    Args:
        name: the file.
        place: where the contract names it.
        error: why it cannot be read.
    """
    if isinstance(error, UnicodeDecodeError):
        before = error.object[: error.start]
        found = f"it is not UTF-8 text, but {_encoding_of(error.object)}"
        line = before.count(b"\n") + 1
        what = f"{name} cannot be read: {found}; see line {line}"
        return Problem(
            "file-not-found", place or Place(name, line), what, "Save it as UTF-8, in the editor or by `iconv`."
        )
    reason = getattr(error, "strerror", None) or "its path is no path"
    is_missing = isinstance(error, FileNotFoundError)
    how = "Check the path: it is relative to the file that names it." if place else "Check the path."
    how = how if is_missing else "Check the path, and that this user may read it."
    return Problem("file-not-found", place, f"{name} cannot be read: {reason[:1].lower()}{reason[1:]}", how)


def _encoding_of(data: bytes) -> str:
    """Return the probable encoding of bytes that are not UTF-8, in words."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")) or b"\0" in data[:2]:
        return "probably UTF-16"
    if any(byte < ord("\t") for byte in data[:4096]):
        return "no text at all"
    return "probably Latin-1 or Windows-1252"
