"""Rights that come from a folder above, and rights on single notebooks, files and Git folders inside one.

https://docs.databricks.com/en/security/auth/access-control/index.html#folder-acls: what lies in a folder inherits its
permissions, and has permissions of its own beside them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rolecall.access.effective import Access
from rolecall.access.graph.live_step import LiveStep, weakest
from rolecall.access.observation import Unmanaged
from rolecall.contract.contract import Contract
from rolecall.errors import ObjectMissing
from rolecall.ids.ids import DeployerId, GroupId, LiveSubject, ObjectId, Subject, SubjectType
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.registry import BY_NAME
from rolecall.systems.databricks.client import Reader
from rolecall.systems.databricks.holders import Inherited, name_of
from rolecall.systems.databricks.principals import Principals
from rolecall.systems.databricks.ways.identities import Identities, members_of

READ = (
    "rights that the contract's objects inherit from a folder above them",
    "rights on single notebooks, files and Git folders in the contract's folders",
)
# What the permissions API calls the sorts of things that `workspace/list` answers.
TYPES = {
    "DIRECTORY": "directories",
    "NOTEBOOK": "notebooks",
    "FILE": "files",
    "REPO": "repos",
    "DASHBOARD": "dashboards",
    "QUERY": "queries",
    "ALERT": "alertsv2",
    "MLFLOW_EXPERIMENT": "experiments",
}
ADMINS = LiveSubject(SubjectType.GROUP, "admins")


@dataclass(frozen=True)
class Folders:
    """The arguments of every read of one workspace's folders.

    Attributes:
        contract: the contract.
        workspace: the workspace's name.
        reader: reads from it.
        principals: the account's principals.
        known: names and ids of the contract's subjects and objects.
        given: the access that the contract grants.
    """

    contract: Contract
    workspace: str
    reader: Reader
    principals: Principals
    known: Identities
    given: Access

    def is_ours(self, subject: Subject) -> bool:
        """Return whether a subject may do everything by rule: the deployer, break-glass, administrators."""
        if isinstance(subject, DeployerId) or subject == ADMINS:
            return True
        name = subject.key if isinstance(subject, GroupId) else getattr(subject, "name", "")
        return self.known.is_administrator(str(name))


def inherited_rights(folders: Folders, inherited: Sequence[Inherited]) -> Iterator[Unmanaged]:
    """Yield undeclared access to the contract's objects that is inherited from a parent folder."""
    for one in inherited:
        held = folders.given.get(one.target, {}).get(one.subject)
        verb = _verb(one.target.kind, one.level)
        if folders.is_ours(one.subject) or (held is not None and verb is not None and verb.rank <= held.rank):
            continue
        yield Unmanaged(
            f"{one.level} on {one.target}: {one.subject}",
            f"gives {one.subject} {one.level}, inherited from {one.origin}",
            f"a manager of that folder: `databricks permissions set {one.origin.lstrip('/').replace('/', ' ')}`",
            (LiveStep(one.subject, weakest(one.target, verb or Verb.VIEW), "inherits from a folder above, so may"),),
        )


def contents_of(folders: Folders, target: ObjectId) -> Iterator[Unmanaged]:
    """Yield direct rights on what lies in a folder of the contract, beyond what holders have on the folder.

    An editor of the folder manages what they make in it.
    """
    given = folders.given.get(target, {})
    makers = members_of(folders.principals, [who for who, verb in given.items() if verb.rank >= Verb.EDIT.rank])
    own = name_of(folders.contract, target)
    pending = [own]
    while pending:
        path = pending.pop()
        try:
            listed = folders.reader.get("/api/2.0/workspace/list", path=path).get("objects") or []
        except ObjectMissing:
            if path == own:
                # It is reported as missing, with its access.
                return
            raise
        for item in listed:
            sort, here = str(item.get("object_type")), str(item.get("path"))
            if sort == "DIRECTORY":
                pending.append(here)
            if sort not in TYPES:
                continue
            address = f"{TYPES[sort]}/{item.get('resource_id') or item.get('object_id')}"
            for control in folders.reader.permissions(address).get("access_control_list") or []:
                subject = folders.principals.subject(control)
                for permission in control.get("all_permissions") or []:
                    level = str(permission.get("permission_level"))
                    if permission.get("inherited") or folders.is_ours(subject):
                        continue
                    verb, held = _verb(Kind.FOLDER, level), given.get(subject)
                    if held is not None and (held.rank >= Verb.EDIT.rank or (verb and verb.rank <= held.rank)):
                        continue
                    if isinstance(subject, LiveSubject) and subject.parts[-1].casefold() in makers:
                        continue
                    noun = {"REPO": "Git folder", "DIRECTORY": "folder"}.get(sort, sort.lower().replace("_", " "))
                    yield Unmanaged(
                        f"{level} on {noun} {here} in workspace {folders.workspace}: {subject}",
                        f"gives {subject} {level} on {noun} {here.rpartition('/')[2]} in {target}",
                        f"a manager of it: `databricks permissions set {address.replace('/', ' ')}`",
                        (
                            LiveStep(
                                subject, weakest(target, verb or Verb.VIEW), f"holds {level} on {noun} in it, so may"
                            ),
                        ),
                    )


def _verb(kind: Kind, level: str) -> Verb | None:
    return next((verb for verb, words in BY_NAME[kind].words.items() if level in words), None)
