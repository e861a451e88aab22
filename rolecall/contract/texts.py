"""Scan every text of a contract once: for secrets, invisible characters, values of the environment."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rolecall.contract.environment_variables import MARK, misplaced
from rolecall.contract.secret_names import is_secret_name, may_name_secret
from rolecall.contract.secrets import (
    MIN_CREDENTIAL,
    NAMING,
    form_of_secret,
    looks_like_secret,
    option_before,
    secret_problem,
    secrets_in,
    split_secret,
)
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.characters import OF_DESCRIPTIONS, OF_TEXTS, hidden_characters, is_composed

# Keys of a mapping that hold the value, or the values, of what the mapping is called:
# https://docs.databricks.com/en/admin/clusters/policy-definition.html
VALUES_OF_KEY = ("value", "values", "default", "defaultValue", "default_value")
NAMING_KEYS = frozenset(NAMING)
HIDDEN_CHARACTER, NOT_COMPOSED = "hidden-character", "not-composed"
# Words of the messages that models have for the same.
UNSEEN, COMPOSED = "invisible characters", "written composed"


def text_problems(
    tree: Any, places: Places, credentials: Mapping[str, str] | None = None
) -> tuple[list[Problem], dict[Path, str]]:
    """Scan all texts, keys included.

    Args:
        tree: the contract as plain values.
        places: where the values stand.
        credentials: the variables that hold credentials, by values that no text may contain.

    Returns:
        what is wrong, and the texts that look like secrets, by path.
    """
    looking = _Looking(places, credentials or {})
    looking.at(tree, "")
    return looking.problems, looking.secrets


class _Looking:
    def __init__(self, places: Places, credentials: Mapping[str, str]) -> None:
        self._credentials = credentials
        self.problems: list[Problem] = []
        self.secrets: dict[Path, str] = {}
        self._places = places
        self._path: list[str | int] = []
        # Texts that have been looked at, and are as they should be.
        self._fine: set[str] = set()

    def at(self, value: Any, key: str) -> None:
        """Scan the value of a key; items of a list count as values of the list's key."""
        if type(value) is str:
            if value not in self._fine:
                self._text(value, key)
            if (is_secret_name(key) or may_name_secret(key)) and (kind := looks_like_secret(value, key)):
                self._secret(kind, value)
        elif type(value) is dict:
            self._mapping(value)
            if is_secret_name(key):
                self._below(value, key)
        elif type(value) is list:
            self._list(value, key)
        elif value is not None and is_secret_name(key) and (kind := looks_like_secret(value, key)):
            self._secret(kind, str(value))

    def _mapping(self, mapping: dict[str, Any]) -> None:
        path = self._path
        for key, value in mapping.items():
            path.append(key)
            if key not in self._fine:
                self._text(key, "")
            self.at(value, key)
            path.pop()
        self._parts([*mapping.values()])
        if not NAMING_KEYS.isdisjoint(mapping):
            for key, kind in secrets_in(mapping):
                path.append(key)
                self._secret(kind, str(mapping[key]))
                path.pop()

    def _below(self, mapping: dict[str, Any], key: str) -> None:
        """Scan the values of a mapping under its own key: `spark_env_vars.TOKEN: {type: fixed, value: …}`."""
        for name in VALUES_OF_KEY:
            value = mapping.get(name)
            for text in value if isinstance(value, list) else [value]:
                if kind := looks_like_secret(text, key):
                    self._path.append(name)
                    self._secret(kind, str(text))
                    self._path.pop()

    def _list(self, items: list[Any], key: str) -> None:
        option = ""
        for index, item in enumerate(items):
            self._path.append(index)
            self.at(item, option or key)
            self._path.pop()
            option = option_before(item) if type(item) is str else ""
        self._parts(items)
        mappings = [item for item in items if type(item) is dict]
        if len(mappings) > 1:
            for name in VALUES_OF_KEY:
                self._parts([item.get(name) for item in mappings])

    def _parts(self, neighbours: list[Any]) -> None:
        """Scan neighbours as the parts of one text."""
        texts = [one for one in neighbours if type(one) is str]
        if len(texts) > 1 and self._fine.issuperset(texts) and (kind := split_secret(texts)):
            self._secret(kind, "".join(texts))

    def _text(self, text: str, key: str) -> None:
        """Scan a text once; one with a problem is scanned at each place, to report all of them."""
        count = len(self.problems)
        if kind := form_of_secret(text):
            self._secret(kind, text)
        elif len(text) >= MIN_CREDENTIAL:
            for credential, name in self._credentials.items():
                if credential in text:
                    self._secret(f"the value of the environment variable {name}", text)
        if MARK in text:
            self.problems.append(misplaced(tuple(self._path), self._places))
        if not (text.isascii() and text.isprintable()):
            self._characters(text, key)
        if len(self.problems) == count:
            self._fine.add(text)

    def _characters(self, text: str, key: str) -> None:
        place = self._places.of(*self._path)
        hidden = hidden_characters(text, OF_DESCRIPTIONS if key == "description" else OF_TEXTS if key else frozenset())
        if hidden:
            what = f"{key or 'a name'!r} holds {UNSEEN}: {', '.join(hidden)}"
            self.problems.append(Problem(HIDDEN_CHARACTER, place, what, "Take them out."))
        if not is_composed(text):
            what = f"{key or 'a name'!r} has letters with accents that are written apart"
            how = "Write them composed (Unicode normal form C): two texts that look alike have to be one."
            self.problems.append(Problem(NOT_COMPOSED, place, what, how))

    def _secret(self, kind: str, text: str) -> None:
        path = tuple(self._path)
        if path not in self.secrets:
            self.secrets[path] = text
            self.problems.append(secret_problem(kind, path, self._places))
