"""Replace `${env:NAME}` by the value of an environment variable: of declared ones, where addresses and ids belong."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import unquote

from rolecall.contract.from_environment import ANY, FromEnvironment, Unset
from rolecall.contract.source import Path, Places
from rolecall.contract.usual_variables import is_usual
from rolecall.errors import Problem
from rolecall.ids.characters import escaped
from rolecall.secrecy import forms_of, secrets_of

MARK = "${env:"
REFERENCE = re.compile(r"\$\{env:([^}]*)\}")
VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
UNDECLARED, MISPLACED, CREDENTIAL = (
    "undeclared-environment-variable",
    "misplaced-environment-variable",
    "credential-in-contract",
)
MISTYPED = "mistyped-environment-variable"
# A variable as shells (`$X`, `${X}`, `%X%`), CI systems (`${{ env.X }}`) and templates (`{{ env "X" }}`) write it. No
# address or id has these characters.
_MISTYPED = re.compile(
    r"\$\{\{?\s*(?:(?:env|ENV|Env|vars?|secrets)\s*[.:]\s*)?([A-Za-z_]\w*)?[^}]*\}?\}?"
    r"|\{\{\s*(?:env[\s.]+)?[\"']?([A-Za-z_]\w*)?[^}]*\}\}|\$([A-Za-z_]\w*)|^%([A-Za-z_]\w*)%$|^\$\(([A-Za-z_]\w*)\)$"
)
# A name of a credential.
_CREDENTIAL = re.compile(
    r"SECRET|TOKEN|PASSW|PASSPHRASE|CREDENTIAL|PRIVATE|API_?KEY|ACCESS_?KEY|COOKIE|BEARER|JWT"
    r"|(?:^|_)(?:KEYS?|PASS|PWD?|AUTH|PAT|SAS|PIN|CREDS?|DSN)(?:$|_)|KEY$",
    re.I,
)
# The working folder and paths of files are no credentials, whatever they are called.
_NO_CREDENTIAL = re.compile(r"^(?:OLD)?PWD$|_(?:FILE|FILEPATH|PATH|DIR|URL|URI)$", re.I)
# What stands where a secret would.
HIDDEN_SECRET = "(not shown)"  # noqa: S105 - the opposite of one
# Characters from which on a credential is looked for inside of other values.
MIN_CONTAINED = 6
# Characters from which on a value that is a part of a credential is no accident.
MIN_PART = 12
# Characters of an address or id, and the length from which a value is distinct from other text of a message.
MAX_VALUE, MIN_HIDDEN = 1_000, 3


@dataclass(frozen=True)
class EnvironmentValues:
    """Redaction of messages: values from the environment, and possible secrets.

    Attributes:
        written: the text that a contract has, by the path where a value stands now.
        names: the variables, by their values.
        secrets: texts that look like secrets.
        unset: names of unset variables that were replaced by placeholders.
        values: the values of the variables to which the contract refers, by name; unset ones are left out.
    """

    written: Mapping[Path, str] = field(default_factory=dict)
    names: Mapping[str, str] = field(default_factory=dict)
    secrets: frozenset[str] = frozenset()
    unset: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)

    def hide(self, problems: Iterable[Problem]) -> list[Problem]:
        """Return problems that name each value of the environment, and show no secret and nothing unseen as it is."""
        shown: list[tuple[str, str]] = []
        for value, name in self.names.items():
            forms = {value, value.lower(), repr(value)[1:-1], value.rstrip("/"), value.lower().rstrip("/")}
            shown += [(form, f"{MARK}{name}}}") for form in forms if len(form) >= MIN_HIDDEN]
        shown += [(form, HIDDEN_SECRET) for text in self.secrets for form in {text, repr(text)[1:-1]} if form]
        shown.sort(key=lambda pair: len(pair[0]), reverse=True)

        def hidden(text: str) -> str:
            for form, name in shown:
                text = text.replace(form, name)
            return escaped(text)

        return [replace(one, what=hidden(one.what), allowed=hidden(one.allowed)) for one in problems]


def looks_like_credential(name: str) -> bool:
    """Return whether a variable holds a credential, by its name."""
    return _CREDENTIAL.search(name) is not None and _NO_CREDENTIAL.search(name) is None


def substitute(
    tree: dict[str, Any],
    environment: Mapping[str, str],
    places: Places,
    problems: list[Problem],
    fields: Mapping[Path, FromEnvironment],
    *,
    placeholders: bool = False,
) -> EnvironmentValues:
    """Replace every reference that stands where an address or an id belongs; others stay, and `misplaced` finds them.

    Args:
        tree: the contract as plain values; changed in place.
        environment: variables by name.
        places: where the values stand.
        problems: every variable that is missing, not declared or a credential is appended to it.
        fields: the fields of the contract with addresses and ids (`environment_fields`).
        placeholders: replace unset variables by placeholders instead of reporting them.
    """
    return _Substitution(tree, environment, places, problems, fields, placeholders=placeholders).all()


def misplaced(path: Path, places: Places) -> Problem:
    """Return the problem of a reference that stands where no address and no id belongs."""
    what = "${env:…} stands where no address and no id belongs"
    how = (
        "Values of the environment are for hosts, issuers and ids in platform files, not for names, tags or jobs: "
        "write the value itself, or refer to a secret as {{secrets/SCOPE/KEY}}."
    )
    return Problem(MISPLACED, places.of(*path), what, how)


class _Substitution:
    def __init__(
        self,
        tree: dict[str, Any],
        environment: Mapping[str, str],
        places: Places,
        problems: list[Problem],
        fields: Mapping[Path, FromEnvironment],
        *,
        placeholders: bool,
    ) -> None:
        self._tree = tree
        self._environment = environment
        self._places = places
        self._problems = problems
        self._fields = fields
        listed = tree.get("environment_variables")
        self._listed = listed if isinstance(listed, list) else []
        self._declared = {str(one) for one in self._listed}
        self._credentials = _credentials(environment)
        self._written: dict[Path, str] = {}
        self._names: dict[str, str] = {}
        self._placeholders = placeholders
        self._unset: dict[str, None] = {}
        self._values: dict[str, str] = {}

    def all(self) -> EnvironmentValues:
        """Replace all references, and return what came from the environment."""
        for index, name in enumerate(self._listed):
            if looks_like_credential(str(name)):
                self._report(CREDENTIAL, ("environment_variables", index), *_named_like_a_credential(str(name)))
        for pattern, field_of in self._fields.items():
            for holder, key, path in _leaves(self._tree, pattern, ()):
                text = holder[key]
                if not isinstance(text, str):
                    continue
                if MARK in text:
                    holder[key] = self._replaced(text, path, field_of)
                    self._written[path] = text
                elif match := _MISTYPED.search(text):
                    self._mistyped(match, path)
        return EnvironmentValues(self._written, self._names, unset=tuple(self._unset), values=self._values)

    def _replaced(self, text: str, path: Path, field_of: FromEnvironment) -> str:
        return REFERENCE.sub(lambda match: self._value(match, path, field_of), text)

    def _value(self, reference: re.Match[str], path: Path, field_of: FromEnvironment) -> str:
        """Return a variable's value; empty where it may not be had, which is reported."""
        name = reference.group(1)
        if not VARIABLE_NAME.fullmatch(name):
            what = f"${{env:{name}}} does not name an environment variable"
            self._report("wrong-value", path, what, "Write letters, digits and _, as in ${env:ML_DEV_HOST}.")
            return ""
        if looks_like_credential(name):
            self._report(CREDENTIAL, path, *_named_like_a_credential(name))
            return ""
        if name not in self._declared and not is_usual(name):
            how = f"Declare it in a platform file: `environment_variables: [{name}]`."
            self._report(UNDECLARED, path, f"the contract does not declare the environment variable {name}", how)
            return ""
        value = self._environment.get(name)
        if not value and self._placeholders:
            self._unset[name] = None
            begins, ends = reference.start() == 0, reference.end() == len(reference.string)
            value = field_of.placeholder(Unset(name, begins, ends))
            self._names[value] = name
            return value
        if not value:
            found = "is empty" if name in self._environment else "is not set"
            how = f'Set it: export {name}=…   (for the local emulators: eval "$(rolecall env)")'
            self._report("missing-environment-variable", path, f"the environment variable {name} {found}", how)
            return ""
        self._names[value] = name
        if len(value) > MAX_VALUE or not value.isprintable():
            what = f"the value of the environment variable {name} is no address and no id"
            self._report("wrong-value", path, what, f"It has one line of at most {MAX_VALUE:,} characters.")
            return ""
        for credential, holder in self._credentials.items():
            # A key that is a JSON document names ids, too, which belong into a contract.
            is_part = len(value) >= MIN_PART and value in credential and "{" not in credential
            holds = len(credential) >= MIN_CONTAINED and (credential in value or credential in unquote(value))
            if value == credential or is_part or holds:
                what = f"the value of the environment variable {name} is, or holds, that of {holder}, a credential"
                how = "A contract's values are deployed for many to read: set the variable to an address or an id."
                self._report(CREDENTIAL, path, what, how)
                return ""
        self._values[name] = value
        return value

    def _mistyped(self, match: re.Match[str], path: Path) -> None:
        """Report a variable in the form of a shell, of a CI system or of a template."""
        name = next((one for one in match.groups() if one), "")
        right = f"${{env:{name}}}" if VARIABLE_NAME.fullmatch(name) else "${env:NAME}"
        what = f"{match[0]} is not how a contract refers to an environment variable"
        self._report(MISTYPED, path, what, f'Write "{right}", with the quotes.')

    def _report(self, problem_id: str, path: Path, what: str, how: str) -> None:
        self._problems.append(Problem(problem_id, self._places.of(*path), what, how))


def _credentials(environment: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that hold credentials, by each text that is one: in every notation, inside of addresses."""
    found: dict[str, str] = {}
    for name, value in environment.items():
        if value and looks_like_credential(name):
            found[value] = name
        for secret in secrets_of(name, value):
            if secret.startswith("{"):
                continue
            found |= dict.fromkeys((*forms_of(secret), secret.upper(), secret.lower(), secret[::-1]), name)
    return found


def _named_like_a_credential(name: str) -> tuple[str, str]:
    how = "Rolecall reads credentials itself; a contract contains addresses and ids."
    return f"the environment variable {name} is a credential, by its name", how


def _leaves(holder: Any, pattern: Path, path: Path) -> Iterator[tuple[Any, str | int, Path]]:
    """Yield what stands at a pattern of keys: what holds it, its key there, and its path."""
    if isinstance(holder, dict):
        keys: list[str | int] = [*holder]
    elif isinstance(holder, list):
        keys = [*range(len(holder))]
    else:
        return
    for key in keys if pattern[0] == ANY else [key for key in keys if key == pattern[0]]:
        if len(pattern) == 1:
            yield holder, key, (*path, key)
        else:
            yield from _leaves(holder[key], pattern[1:], (*path, key))
