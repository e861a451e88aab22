"""Print the entries of requirements.lock that Rolecall needs at run time, with their hashes.

    python scripts/runtime_requirements.py [EXTRA …]

The lock file also has development tools, which an image or an offline installation omits. Run this with the Python of
`.venv`, where everything locked is installed.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import requires
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCK = Path(__file__).resolve().parents[1] / "requirements.lock"
ROLECALL = "rolecall"


def locked(text: str) -> dict[str, str]:
    """Return the entries of a lock file, each with its hashes, by the name of the package."""
    entries = re.split(r"^(?=[A-Za-z0-9])", text, flags=re.MULTILINE)
    return {canonicalize_name(re.split(r"[=<> ;\[]", one, maxsplit=1)[0]): one.rstrip() for one in entries if one}


def needed(package: str, extras: Iterable[str] = ()) -> set[str]:
    """Return the names of all direct and transitive dependencies of an installed package on this platform.

    Args:
        package: its name.
        extras: extras to include.

    Raises:
        PackageNotFoundError: one of them is not installed.
    """
    found: set[str] = set()
    seen: set[tuple[str, frozenset[str]]] = set()
    left = [(package, frozenset(extras))]
    while left:
        one = left.pop()
        if one not in seen:
            seen.add(one)
            for requirement in _requirements(*one):
                name = canonicalize_name(requirement.name)
                found.add(name)
                left.append((name, frozenset(requirement.extras)))
    return found - {canonicalize_name(package)}


def _requirements(package: str, extras: frozenset[str]) -> Iterator[Requirement]:
    for text in requires(package) or ():
        requirement = Requirement(text)
        marker = requirement.marker
        if marker is None or any(marker.evaluate({"extra": extra}) for extra in ("", *extras)):
            yield requirement


def rows(entries: Mapping[str, str], names: Iterable[str]) -> list[str]:
    """Return the entries of some packages, in order.

    Raises:
        KeyError: one is not locked.
    """
    return [entries[name] for name in sorted(names)]


def main() -> None:
    """Print the entries."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help="an extra of Rolecall, say prefect")
    extras = parser.parse_args().extras
    sys.stdout.write("\n".join(rows(locked(LOCK.read_text(encoding="utf-8")), needed(ROLECALL, extras))) + "\n")


if __name__ == "__main__":
    main()
