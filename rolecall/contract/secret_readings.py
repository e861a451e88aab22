"""Read what a text says by another notation: escapes, Base64, Base32, hexadecimal, compressed, split over lines.

A secret that is written in one of them is deployed, or pasted by accident, as well as in clear.
"""

from __future__ import annotations

import base64
import binascii
import html
import re
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote

# Notations within notations that are followed, and readings of one text: more is no accident, and costs time.
MAX_LEVELS, MAX_READINGS = 3, 60
MAX_INFLATED = 100_000
# https://datatracker.ietf.org/doc/html/rfc4648: Base64 in both alphabets, Base32, and hexadecimal.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
_BASE32 = re.compile(r"[A-Z2-7]{24,}={0,6}")
_HEX = re.compile(r"(?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,}|(?:\\x[0-9A-Fa-f]{2}){4,}")
_PRINTABLE = re.compile(rb"[\t\r\n\x20-\x7e]{14,}")
_MIXED = re.compile(r"(?=[^A-Z]*[A-Z][^A-Z]*[A-Z])(?=[^a-z]*[a-z])")
_URLSAFE = str.maketrans("-_", "+/")
_PERCENT, _ENTITY = re.compile(r"%[0-9A-Fa-f]{2}"), re.compile(r"&#?\w{2,8};")
_ESCAPE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\})")
# What joins the parts of a text in code, and the end of a line.
_JOINED_BY_CODE = re.compile(r"""(['"])\s*(?:\+|\.|\|\||,)?\s*(?:[rbfu]{0,2})\1|\\\r?\n\s*""")
# Neighbours that are no words: each long, with a digit in it.
_FRAGMENTS = re.compile(
    r"(?:(?<!\S)(?=[^\s\d]*\d|\S{12,}=*(?!\S))[\w.~+/=-]{6,}\s+)+(?=[^\s]*\d|\S{12,})[\w.~+/=-]{4,}"
)
_MAY_BE_SPLIT = re.compile(r"\S{6}\s+[^\s\d]*(?:\d|\S{12})")
_SPACE = re.compile(r"\s+")


def readings(text: str) -> Iterator[str]:
    """Yield what a text says by other notations, at most `MAX_READINGS`; the text itself is not among them."""
    seen = {text}
    level = [text]
    for _ in range(MAX_LEVELS):
        below: list[str] = []
        for one in level:
            for notation in _NOTATIONS:
                for reading in notation(one):
                    if reading and reading not in seen:
                        if len(seen) > MAX_READINGS:
                            return
                        seen.add(reading)
                        below.append(reading)
                        yield reading
        level = below


def _escapes(text: str) -> Iterator[str]:
    if "%" in text and _PERCENT.search(text):
        yield unquote(text)
    if "&" in text and _ENTITY.search(text):
        yield html.unescape(text)
    if "\\" in text and _ESCAPE.search(text):
        yield _ESCAPE.sub(_letter, text)


def _letter(match: re.Match[str]) -> str:
    code = int(match[1] or match[2] or match[3], 16)
    return chr(code) if code < 0x110000 else ""


def _letters(text: str) -> Iterator[str]:
    """Yield a text without invisible characters and in compatibility form (Unicode NFKC)."""
    if not text.isascii():
        seen = "".join(letter for letter in text if unicodedata.category(letter) != "Cf")
        yield unicodedata.normalize("NFKC", seen)


def _parts(text: str) -> Iterator[str]:
    """Yield a text of which the parts are put together: over lines, or in code."""
    if "'" in text or '"' in text or "\\\n" in text:
        yield _JOINED_BY_CODE.sub("", text)
    if _MAY_BE_SPLIT.search(text):
        yield _FRAGMENTS.sub(lambda match: _SPACE.sub("", match[0]), text)


def _base64(text: str) -> Iterator[str]:
    for match in _BASE64.finditer(text):
        digits = match[0].rstrip("=")
        if not _MIXED.match(digits):
            continue
        digits = digits.translate(_URLSAFE)
        # Letters before it move its groups of four.
        for start in range(4):
            shifted = digits[start:]
            yield from _plain(base64.b64decode(shifted[: len(shifted) // 4 * 4] + _rest(shifted)))


def _rest(digits: str) -> str:
    """Return the last group of Base64 digits, padded; empty where there is none, or too little of one."""
    rest = digits[len(digits) // 4 * 4 :]
    return rest + "=" * (4 - len(rest)) if len(rest) > 1 else ""


def _base32(text: str) -> Iterator[str]:
    for match in _BASE32.finditer(text):
        digits = match[0].rstrip("=")
        yield from _decoded(base64.b32decode, digits + "=" * (-len(digits) % 8))


def _hexadecimal(text: str) -> Iterator[str]:
    for match in _HEX.finditer(text):
        yield from _decoded(bytes.fromhex, match[0].replace("\\x", ""))


def _decoded(decode: Callable[[str], bytes], text: str) -> Iterator[str]:
    try:
        data = decode(text)
    except (ValueError, binascii.Error):
        return
    yield from _plain(data)


def _plain(data: bytes) -> Iterator[str]:
    """Yield the printable text in some bytes: also in what is compressed, or written in UTF-16."""
    for found in _PRINTABLE.findall(data):
        yield found.decode("ascii")
    if data.count(0) * 3 > len(data):
        for found in _PRINTABLE.findall(data.replace(b"\0", b"")):
            yield found.decode("ascii")
    if data[:2] == b"\x1f\x8b" or data[:1] == b"\x78":
        try:
            inflated = zlib.decompressobj(wbits=47).decompress(data, MAX_INFLATED)
        except zlib.error:
            return
        for found in _PRINTABLE.findall(inflated):
            yield found.decode("ascii")


_NOTATIONS = (_escapes, _letters, _parts, _base64, _base32, _hexadecimal)
