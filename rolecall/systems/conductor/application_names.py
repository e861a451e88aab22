"""What permissions call applications, and what people call them: asked for once, and again for one that is new.

Names need not differ in Conductor. One that two applications have stands for neither: a right must not go to the wrong
one, and must not look as if it had.
"""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Iterable, Mapping

from rolecall.errors import RequestRejected
from rolecall.systems.conductor.client import every

CONFLICT = 409


class ApplicationNames:
    """The names of all applications; a list of permissions names applications by their ids."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._names: dict[str, str] = {}

    def by_subject(self, subjects: Iterable[str]) -> Mapping[str, str]:
        """Return names by what permissions call applications; with the id in it where two have the same.

        Args:
            subjects: those that are looked for; those that are no applications are not in the answer.
        """
        names = self._knowing(subjects=subjects)
        count = Counter(names.values())
        return {subject: name if count[name] == 1 else f"{name} ({subject})" for subject, name in names.items()}

    def by_name(self, names: Iterable[str]) -> Mapping[str, str]:
        """Return what permissions call applications, by their names.

        Args:
            names: those that are looked for; one that there is not is not in the answer.

        Raises:
            RequestRejected: two applications have one of the names.
        """
        wanted = {*names}
        known = self._knowing(names=wanted)
        found: dict[str, str] = {}
        for subject, name in known.items():
            if name in wanted and name in found:
                what = (
                    f"two applications in Conductor are called {name!r}, and one of them is not Rolecall's; rename it"
                )
                raise RequestRejected(what, status=CONFLICT, code="")
            found[name] = subject
        return found

    def _knowing(self, *, subjects: Iterable[str] = (), names: Iterable[str] = ()) -> dict[str, str]:
        """Return all names, queried again where one is unknown."""
        with self._lock:
            if not {*subjects} <= self._names.keys() or not {*names} <= {*self._names.values()}:
                self._names = {subject_of(str(one["id"])): str(one["name"]) for one in every("/applications")}
            return dict(self._names)


def subject_of(identity: str) -> str:
    """Return the id of the user that an application acts as."""
    return f"app:{identity}"
