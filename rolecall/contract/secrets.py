"""Refuse what looks like a secret: a contract is read by many and kept for ever."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import groupby, pairwise
from typing import Any

from rolecall.contract.environment_variables import looks_like_credential
from rolecall.contract.letter_pairs import is_like_a_name
from rolecall.contract.secret_forms import forms
from rolecall.contract.secret_names import is_secret_name, may_name_secret
from rolecall.contract.secret_random import MIN_BITS_IN_PARTS, holds_okta_token, holds_random, without_identifiers
from rolecall.contract.secret_readings import readings, turned
from rolecall.contract.source import Path, Places
from rolecall.errors import Place, Problem
from rolecall.secrecy import forms_of, secrets_of

RANDOM = "a long random text, as keys are"
SECRET = "secret-in-contract"  # noqa: S105 - a problem's id
# Texts of which the form is remembered: more than a contract of 10,000 resources has.
MOST_TEXTS = 200_000
# Patterns that are tried again from each character see a long text in overlapping windows, so that their work is
# linear. No documented form is longer than the overlap.
WINDOW, OVERLAP = 4_096, 2_048
_BETWEEN_WORDS = re.compile(r"[\s,;]")
# Every token has letters and digits unbroken; what is known by its surroundings has one of these words or signs.
_MAY_HOLD_TOKEN = re.compile(r"(?<![A-Za-z0-9])(?=\d*[A-Za-z]+\d|[A-Za-z]*\d+[A-Za-z])[A-Za-z0-9]{12}")
_MAY_HOLD_OTHER = re.compile(
    r"://|:[^\s/@:]{4,}@|BEGIN|PuTTY|\"kty\"|jdbc:|sshpass|mysql|sqlplus|curl|wget|\"auth\"|sig=|AccountKey|SharedAccess"
    r"|webhook|hooks?\.|pagerduty|ifttt|hc-ping|(?i:bearer|basic|ssws)\s"
    # Tokens so short that one of thirty has no digit.
    r"|A[KS]IA|gl[a-z]{2,6}-|gh[a-z]_|xox|hv[sbr]\.|lin_|npm_|pn[ub]_|SG\.|dbt[cu]_|LTAI|fw_"
)
# Part of each name of a secret, with a sign behind it: without them no name before a text marks a secret.
_MAY_BE_NAMED = re.compile(
    r"(?i)(?:pass|pwd|pw|psw|secr|tok|key|kennw|contras|senha|wacht|haslo|parola|jwt|bearer|pat|sas|cookie|pin|cred|auth"
    r"|clave|str|seed|p[@4])[^=:\s]{0,60}[=:\s]"
)
# Part of a secret, and what all of one has: see `_MAY_HOLD_TOKEN`.
_PART = re.compile(r"[\w.~+/=-]{2,100}")
_LONG_PART = re.compile(r"(?<![A-Za-z0-9])(?=[A-Za-z]*\d)[A-Za-z0-9]{20}")
# Where a secret is, which is no secret: https://docs.databricks.com/en/security/secrets/
_SECRET_REFERENCE = re.compile(r"\{\{\s*secrets/[^/{}\s]+/[^/{}\s]+\s*\}\}")
# What a job puts there when it runs: https://docs.databricks.com/en/jobs/dynamic-value-references.html
_DYNAMIC_VALUE = re.compile(r"\{\{\s*(?:job|task|tasks|workspace|input|backfill|sql)\b[^{}]*\}\}")
# The name of a secret in AWS: https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_iam-permissions.html
_SECRET_ARN = re.compile(r"\barn:aws[\w-]*:secretsmanager:[\w-]*:\d{12}:secret:")
# Another object of the contract, or a variable of a bundle or a program.
_VARIABLE = re.compile(r"\$\{?[A-Za-z_][A-Za-z0-9_.-]*\}?|\$\{env:[A-Za-z0-9_]+\}")
# Code that reads a secret when it runs: https://docs.databricks.com/en/dev-tools/databricks-utils.html#secrets-utility
_READ_BY_CODE = re.compile(r"(?:\w+\.)*dbutils\.secrets\.get(?:Bytes)?\(|os\.(?:environ(?:\[|\.get\()|getenv\()")
# Keys of a mapping that name what another of its keys holds.
NAMING = ("name", "key", "parameter", "param", "variable", "env", "header")
VALUES = ("default", "value", "string_value", "stringValue", "defaultValue", "default_value", "val")
# Characters that may stand around a reference, such as `Bearer `, and of which a secret under its name has at least.
AROUND_REFERENCE, MIN_SECRET, MIN_WITH_DIGIT = 8, 6, 4
# Length from which the value of a variable is distinct from an ordinary word.
MIN_CREDENTIAL = 16
_PLAIN_WORDS = frozenset({"disabled", "enabled", "required", "optional", "unlimited", "default", "unknown", "redacted"})
# NAME=VALUE, NAME: VALUE and --NAME VALUE inside of a text; a value may hold another one, as an address does.
_ASSIGNMENT = re.compile(
    r"""(?<![\w.-])[\d_.-]*(?P<name>[A-Za-z][\w.-]*)["']?\s*(?P<sign>:=|=>|==?|:)\s*["']?(?=(?P<value>[^\s"'&;,}<]{6,}))"""
    r"""|--?(?P<option>[A-Za-z][\w-]*)\s+["']?(?=(?P<given>[^\s"'&;,}<-][^\s"'&;,}<]{5,}))"""
)
# What a generator wrote: letters and several digits, without a blank; or a login as `user:password`.
_GENERATED = re.compile(
    r"^(?![0-9a-fA-F]{8}-[0-9a-fA-F]{4}-)(?=(?:\D*\d){3})(?=(?:[^A-Za-z]*[A-Za-z]){3})[A-Za-z0-9+/=_.:-]{16,}$"
    r"|^[\w.@-]+:(?=[^\s/]*\d)(?=[^\s/]*[A-Za-z])[^\s/{}$]{6,}$"
)
# `NAME VALUE`, where a value has letters and digits in turns, and is no algorithm, version, date or identifier: the end
# of a word and the next one, each looked at once.
_NAME_AT_END, LONGEST_NAME = re.compile(r"[A-Za-z][\w.-]*\Z"), 100
_VALUE_AT_START = re.compile(
    r"""["']?(?!(?i:sha|md|hs|rs|es|ps|aes|base|utf|oauth|v|x)-?\d)(?P<value>[A-Za-z0-9+_~!#%^*-]{8,})["']?(?:[,;]|\Z)"""
)
_LETTERS_AROUND = re.compile(r"[A-Za-z].*[A-Za-z]")
_IDENTIFIER = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}|\d{4}-\d\d-\d\d\S*")
_COMMENT = re.compile(r"(?:^|\s)#(.*)")
# A password in a sentence or in a line of `.netrc`: it has a digit.
_SAID = re.compile(
    r"""(?i)(?:password|passwd|passphrase|pwd|kennwort|passwort)\s+(?:is\s+|ist\s+|-\s+|=>?\s+)?["']?"""
    r"""(?P<value>(?=[^\s"']*\d)(?=[^\s"']*[A-Za-z])[^\s"'{}$<>()]{6,})"""
)


def _named(path: Path) -> str:
    """Return what a message calls a value: its key, and its position where it is in a list."""
    key = next((part for part in reversed(path) if isinstance(part, str)), None)
    if key is None:
        return "a value"
    position = f"item {path[-1] + 1} of " if isinstance(path[-1], int) else ""
    return f"{position}{key!r}"


def secret_problem(kind: str, path: Path, places: Places) -> Problem:
    """Return the problem of a possible secret; its value is never repeated."""
    return Problem(
        SECRET,
        places.of(*path),
        f"{_named(path)} looks like {kind}; it is not shown here",
        "Take it out and revoke it. Rolecall signs in with OAuth from the environment; jobs read secrets as "
        "{{secrets/SCOPE/KEY}}.",
    )


def comment_problems(text: str, file: str) -> Iterator[Problem]:
    """Yield a problem for each comment of a YAML file that holds a possible secret."""
    for number, line in enumerate(text.splitlines(), 1):
        for match in _COMMENT.finditer(line) if "#" in line else ():
            if kind := form_of_secret(match[1]):
                yield secret_problem(kind, ("a comment",), Places({(): Place(file, number)}))


def secrets_in(mapping: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the keys of a mapping whose values are secrets by the name beside them: `{name: password, default: …}`."""
    for named in NAMING:
        if isinstance(name := mapping.get(named), str):
            for key in VALUES:
                if (value := mapping.get(key)) is not None and (kind := looks_like_secret(value, name)):
                    yield key, kind


def looks_like_secret(value: Any, key: str) -> str | None:
    """Return what sort of secret a value looks like, or None.

    Args:
        value: a text, or a number.
        key: the name that it stands under, which may tell.
    """
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return None
    text = value if isinstance(value, str) else str(value)
    if isinstance(value, str) and (kind := form_of_secret(text)):
        return kind
    if is_secret_name(key):
        return "a secret, by its name" if _is_value(text) else None
    return "a secret, by its name" if may_name_secret(key) and _GENERATED.search(text) else None


def option_before(text: str) -> str:
    """Return the name of an option that takes the next text of a list as its value: `--password`; empty for none."""
    return text.lstrip("-") if text.startswith("-") and "=" not in text and " " not in text else ""


@lru_cache(MOST_TEXTS)
def form_of_secret(text: str) -> str | None:
    """Return what sort of secret a text has the form of, or None; values are repeated, and looked at more than once."""
    if kind := _form(text):
        return kind
    plain = [text]
    for reading in readings(text):
        plain.append(reading)
        kind = _form(reading) or (RANDOM if holds_random(reading) else None)
        if kind:
            return f"{kind}, in another notation"
    for one in plain:
        for other in turned(one):
            # Okta's tokens have no sign but two zeros; turned around, they are random texts as well.
            if kind := _form(other, okta=False):
                return f"{kind}, turned around"
    return RANDOM if holds_random(text) else None


def split_secret(texts: Sequence[str]) -> str | None:
    """Return what sort of secret the neighbours in a list or mapping form together, or None."""
    for parts in _runs(texts):
        whole = "".join(parts)
        if len(parts) > 1 and _LONG_PART.search(whole):
            private = "".join(map(without_identifiers, parts))
            vendors = (kind for one in _windows(whole) if (kind := _vendors_form(one)))
            kind = next(vendors, None) or form_of_secret(private)
            if kind and (kind != RANDOM or holds_random(private, MIN_BITS_IN_PARTS)):
                return f"{kind}, in parts"
    return None


def _runs(texts: Sequence[str]) -> Iterator[list[str]]:
    """Yield neighbours that may be parts of one secret: words and sentences lie between them."""
    for may_be, run in groupby(texts, lambda one: _PART.fullmatch(one) is not None and not is_like_a_name(one)):
        if may_be:
            yield [*run]


def _form(text: str, *, okta: bool = True) -> str | None:
    return next((kind for one in _windows(text) if (kind := _form_in_window(one, okta=okta))), None)


def _windows(text: str) -> Iterator[str]:
    """Yield overlapping windows of a text, each starting at a word boundary if possible; a short text is one window."""
    for start in range(0, max(len(text) - OVERLAP, 1), WINDOW - OVERLAP):
        word = _BETWEEN_WORDS.search(text, start, start + LONGEST_NAME) if start else None
        yield text[word.end() if word else start : start + WINDOW]


def _form_in_window(text: str, *, okta: bool) -> str | None:
    if len(text) < MIN_SECRET:
        return None
    if _MAY_HOLD_TOKEN.search(text) or _MAY_HOLD_OTHER.search(text):
        if kind := _vendors_form(text):
            return kind
        if okta and holds_okta_token(text):
            return "an Okta API token"
    if not _MAY_BE_NAMED.search(text):
        return None
    for match in _ASSIGNMENT.finditer(_SECRET_ARN.sub("arn/", text)):
        name, value = match["name"] or match["option"], match["value"] or match["given"]
        # Prose has colons, too: what stands behind one there is a word.
        is_prose = match["sign"] == ":" and not any(letter.isdigit() for letter in value)
        if is_secret_name(name) and not is_prose and _is_value(value):
            return "a secret, by the name before it"
    for name, value in _beside(text):
        is_plain = _IDENTIFIER.fullmatch(value) or is_like_a_name(value)
        if is_secret_name(name) and not is_plain and _is_value(value):
            return "a secret, by the name before it"
    return "a password in a sentence" if _SAID.search(text) else None


def _beside(text: str) -> Iterator[tuple[str, str]]:
    """Yield each name with the generated value behind it."""
    for before, after in pairwise(text.split()):
        name, found = _NAME_AT_END.search(before[-LONGEST_NAME:]), _VALUE_AT_START.match(after)
        if name is None or found is None:
            continue
        turns = _LETTERS_AROUND.search(found["value"])
        if turns is not None and re.search(r"\d", turns[0]) and sum(map(str.isdigit, found["value"])) > 1:
            yield name[0], found["value"]


def _vendors_form(text: str) -> str | None:
    return next((kind for kind, pattern in forms() if pattern.search(text)), None)


def credentials_in(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the credentials of an environment that a contract may hold nowhere: the variable's name by each form."""
    found: dict[str, str] = {}
    for name, value in environment.items():
        secrets = {*secrets_of(name, value), *([value] if looks_like_credential(name) else [])}
        for secret in secrets:
            if len(secret) >= MIN_CREDENTIAL and any(one.isdigit() for one in secret):
                found |= dict.fromkeys(forms_of(secret), name)
    return found


def _is_value(text: str) -> bool:
    """Return whether a text under the name of a secret is one, and not the place of one."""
    rest = _SECRET_REFERENCE.sub("", text)
    if rest != text:
        return len(rest.strip()) > AROUND_REFERENCE
    plain = text.strip()
    is_elsewhere = _DYNAMIC_VALUE.fullmatch(plain) or _VARIABLE.fullmatch(plain) or _READ_BY_CODE.match(plain)
    least = MIN_WITH_DIGIT if any(letter.isdigit() for letter in plain) else MIN_SECRET
    return len(plain) >= least and not is_elsewhere and plain.lower() not in _PLAIN_WORDS
