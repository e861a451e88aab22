"""Read texts in other notations: escapes, Base64, Base32, hexadecimal, compressed, split, turned around.

A secret that is written in one of them is deployed, or pasted by accident, as well as in clear.
"""

from __future__ import annotations

import base64
import binascii
import html
import quopri
import re
import string
import unicodedata
import zlib
from collections.abc import Callable, Iterator
from urllib.parse import unquote

# Notations within notations that are followed, and readings of one text: more is no accident, and costs time.
MAX_LEVELS, MAX_READINGS = 3, 60
MAX_INFLATED = 100_000
# https://datatracker.ietf.org/doc/html/rfc4648: Base64 in both alphabets, Base32, and hexadecimal.
_BASE64 = re.compile(r"[A-Za-z0-9+/_-]{20,}={0,2}")
# Small letters without a digit are words.
_BASE32 = re.compile(r"[A-Z2-7]{24,}={0,6}|[a-z2-7]{24,}={0,6}")
_HEX = re.compile(r"(?:[0-9a-f]{2}){16,}|(?:[0-9A-F]{2}){16,}|(?:\\x[0-9A-Fa-f]{2}){4,}")
_PRINTABLE = re.compile(rb"[\t\r\n\x20-\x7e]{14,}")
_MIXED = re.compile(r"(?=[^A-Z]*[A-Z][^A-Z]*[A-Z])(?=[^a-z]*[a-z])")
_URLSAFE = str.maketrans("-_", "+/")
_PERCENT, _ENTITY = re.compile(r"%[0-9A-Fa-f]{2}"), re.compile(r"&#?\w{2,8};")
_ESCAPE = re.compile(
    r"\\(?:x([0-9A-Fa-f]{2})|u([0-9A-Fa-f]{4})|u\{([0-9A-Fa-f]{1,6})\}|U([0-9A-Fa-f]{8})|([0-3][0-7]{2}))"
)
# RFC 2045, 6.7: quoted-printable.
_QUOTED_PRINTABLE = re.compile(r"(?:=[0-9A-F]{2}){4,}")
# Characters by their numbers: `[100, 97, 112, 105]`, `chr(100) + chr(97)`.
_CODES = re.compile(r"(?:(?:\b\w{1,20}\()?\b(?:0x[0-9A-Fa-f]{2}|1[0-2]\d|[3-9]\d)\b\)?[\s,;+.&|-]*){12,}")
_CODE = re.compile(r"0x[0-9A-Fa-f]{2}|\d{2,3}")
# Ascii85 and Base85, which have signs that no name has.
_BASE85, _SIGNS_OF_BASE85, LEAST_SIGNS = re.compile(r"[!-~]{25,400}"), re.compile(r"[!-,;-@\[-^`{-~]"), 3
# What is written in groups of a few characters with the same sign between them: `dapi 0123 4567`, `d-a-p-i`.
_GROUPS = (
    re.compile(r"(?<![\w-])\w{1,10}(?P<sign>[\s,.:;|/-]{1,3})(?:\w{1,8}(?P=sign)){3,}\w{1,8}(?!\w)"),
    re.compile(r"(?<!\w)[^\W_]{1,10}(?P<sign>_)(?:[^\W_]{1,8}_){3,}[^\W_]{1,8}(?!\w)"),
)
# Worth turning around: an unbroken text with a digit, as long as every token is, or a key's first line.
_TOKEN = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)(?=\d*[A-Za-z])[A-Za-z0-9]{20}|YEK ETAVIRP|CEVINGR XRL")
_ROT13 = str.maketrans(
    string.ascii_letters,
    "".join(letters[13:] + letters[:13] for letters in (string.ascii_lowercase, string.ascii_uppercase)),
)
# What joins the parts of a text in code, and the end of a line.
_JOINED_BY_CODE = re.compile(r"""(['"])\s*+(?:\+|\.|\|\||,)?\s*+(?:[rbfu]{0,2})\1|\\\r?\n\s*""")
# Neighbours that are no words: each long, with a digit in it.
_FRAGMENTS = re.compile(
    r"(?:(?<!\S)(?=[^\s\d]*\d|\S{12,}=*(?!\S))[\w.~+/=-]{6,}\s+)+(?=[^\s]*\d|\S{12,})[\w.~+/=-]{4,}"
)
_MAY_BE_SPLIT = re.compile(r"\S{6}\s+[^\s\d]*(?:\d|\S{12})")
_SPACE = re.compile(r"\s+")


def readings(text: str) -> Iterator[str]:
    """Yield readings of a text in other notations, at most `MAX_READINGS`; the text itself is not among them."""
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
    if "=" in text and _QUOTED_PRINTABLE.search(text):
        yield quopri.decodestring(text.encode(errors="ignore")).decode(errors="ignore")


def _letter(match: re.Match[str]) -> str:
    code = int(match[5], 8) if match[5] else int(match[1] or match[2] or match[3] or match[4], 16)
    return chr(code) if code < 0x110000 else ""


def turned(text: str) -> Iterator[str]:
    """Yield a text backwards, rotated by 13 letters (ROT13), and both, where it may hold a token."""
    if _TOKEN.search(text):
        for one in (text[::-1], text.translate(_ROT13), text[::-1].translate(_ROT13)):
            yield one
            yield from _hexadecimal(one)


def _codes(text: str) -> Iterator[str]:
    for match in _CODES.finditer(text):
        yield "".join(chr(int(one, 0)) for one in _CODE.findall(match[0]))


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
    for pattern in _GROUPS:
        for match in pattern.finditer(text):
            groups = match[0].split(match["sign"])
            # Words of a name differ in length; a vendor's prefix may, too.
            if len({len(one) for one in groups[1:-1]}) == 1 and len(groups[-1]) <= len(groups[1]):
                yield "".join(groups)


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
        if match[0].rstrip("=").isalpha() and match[0].islower():
            continue
        digits = match[0].rstrip("=").upper()
        yield from _decoded(base64.b32decode, digits + "=" * (-len(digits) % 8))


def _base85(text: str) -> Iterator[str]:
    for match in _BASE85.finditer(text):
        if len(_SIGNS_OF_BASE85.findall(match[0])) < LEAST_SIGNS:
            continue
        yield from _decoded(base64.b85decode, match[0])
        yield from _decoded(base64.a85decode, match[0].removeprefix("<~").removesuffix("~>"))


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


_NOTATIONS = (_escapes, _letters, _parts, _codes, _base64, _base32, _base85, _hexadecimal)
