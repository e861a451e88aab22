"""Who may do what on which definition: conductor-python, AuthorizationResourceApi."""

from __future__ import annotations

from rolecall.emulators.application import Answer, Call, Json
from rolecall.emulators.conductor.caller import Clusters
from rolecall.emulators.conductor.errors import missing, refused
from rolecall.emulators.conductor.models import ACCESS, SUBJECTS, TARGETS
from rolecall.emulators.routes import Routes, route


class Authorization(Routes):
    """The routes under /api/auth/authorization."""

    def __init__(self, clusters: Clusters) -> None:
        self._clusters = clusters

    @route("POST", "/api/auth/authorization")
    def grant(self, call: Call) -> Answer:
        """Add what a subject may do on a target."""
        subject, target, access = self._read(call)
        held = self._clusters.now().permissions.setdefault(target, {}).setdefault(subject, [])
        held += [one for one in access if one not in held]
        return Answer(None, 200)

    @route("DELETE", "/api/auth/authorization")
    def remove(self, call: Call) -> Answer:
        """Take from a subject what it may do on a target."""
        subject, target, access = self._read(call)
        by_subject = self._clusters.now().permissions.get(target, {})
        left = [one for one in by_subject.get(subject, []) if one not in access]
        if left:
            by_subject[subject] = left
        else:
            by_subject.pop(subject, None)
        return Answer(None, 200)

    @route("GET", "/api/auth/authorization/{type}/{id:path}")
    def held(self, call: Call) -> Json:
        """Answer, for each way of access to a target, who has it."""
        found: dict[str, list[Json]] = {}
        target = f"{call.parameters['type']}/{call.parameters['id']}"
        for subject, access in self._clusters.now().permissions.get(target, {}).items():
            kind, _, identity = subject.partition("/")
            for one in access:
                found.setdefault(one, []).append({"type": kind, "id": identity})
        return {key: list(value) for key, value in found.items()}

    def _read(self, call: Call) -> tuple[str, str, list[str]]:
        """Return subject, target and access that a body names; who may change a target may also give it to others."""
        subject, target = call.body.get("subject") or {}, call.body.get("target") or {}
        access = call.body.get("access") or []
        for what, kind, known in (("subject", subject.get("type"), SUBJECTS), ("target", target.get("type"), TARGETS)):
            if kind not in known:
                raise refused(400, f"{what}.type is {kind}; it may be one of {', '.join(known)}")
        if not access or any(one not in ACCESS for one in access):
            raise refused(400, f"access may be some of {', '.join(ACCESS)}")
        written = f"{target['type']}/{target.get('id')}"
        self._clusters.require(call, "UPDATE", written)
        self._must_be_there(subject)
        return f"{subject['type']}/{subject.get('id')}", written, [str(one) for one in access]

    def _must_be_there(self, subject: Json) -> None:
        now, identity = self._clusters.now(), str(subject.get("id"))
        if subject["type"] == "GROUP" and identity not in now.groups:
            raise missing(f"Group {identity}")
        known = identity in now.users or identity.removeprefix("app:") in now.applications
        if subject["type"] == "USER" and not known:
            raise missing(f"User {identity}")
