"""Objects of a cluster that Rolecall applies: `rolecall:kubernetes:Object`."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Literal

from pydantic import Field, model_validator

from rolecall.errors import NotOwned, ObjectMissing, RolecallError, SystemRefused
from rolecall.ids.verbs import Verb
from rolecall.systems.kubernetes.acceptance import await_acceptance
from rolecall.systems.kubernetes.api_kinds import BY_NAME, NAMESPACE, ApiKind
from rolecall.systems.kubernetes.client import FIELD_MANAGER, Cluster, cluster
from rolecall.systems.kubernetes.live_object import (
    Path,
    annotations_of,
    content_of,
    differing,
    labels_of,
    managers_of,
    merge_patch,
    owner_of,
)
from rolecall.systems.kubernetes.ownership import CLUSTER, MANAGED_BY, MANAGER, OWNER, Manifest
from rolecall.systems.kubernetes.storage.claims import words
from rolecall.systems.ownership import UNOWNED
from rolecall.systems.requests import Json
from rolecall.systems.resource import Live, Model, Resource

# What a namespace must not have any more when Rolecall deletes it: nothing runs in it then, and no data is lost.
OCCUPANTS = (
    *(ApiKind("v1", one.capitalize(), one) for one in ("pods", "persistentvolumeclaims", "secrets")),
    *(ApiKind("apps/v1", one.capitalize(), one) for one in ("deployments", "statefulsets", "daemonsets")),
    *(ApiKind("batch/v1", one.capitalize(), one) for one in ("jobs", "cronjobs")),
)


class CallerEntry(Model):
    """A service account that may call a service."""

    service_account: str = Field(description="NAMESPACE/NAME")
    may: Literal["call"] = Field(default="call", description="what it may do")


class HolderEntry(Model):
    """A subject with access to a claim."""

    group: str = Field(default="", description="the group, as the API server calls it")
    service_account: str = Field(default="", description="NAMESPACE/NAME of the service account")
    may: str = Field(description="its verbs of Kubernetes")


class ObjectInputs(Model):
    """An object of a cluster."""

    cluster: str = Field(min_length=1, description="the cluster's name in the contract")
    context: str = Field(
        default="", description="context of the kubeconfig; without it, the cluster in which Rolecall runs"
    )
    api_version: str = Field(description="group and version of its API")
    kind: str = Field(description="its kind")
    namespace: str = Field(default="", description="its namespace; empty for an object of the whole cluster")
    name: str = Field(min_length=1, description="its name")
    labels: dict[str, str] = Field(default_factory=dict, description="its labels, without Rolecall's")
    annotations: dict[str, str] = Field(default_factory=dict, description="its annotations, without Rolecall's")
    content: dict[str, Any] = Field(default_factory=dict, description="all other fields, complete")
    mesh_service: str = Field(default="", description="the service whose callers it admits, if it does")
    callers: list[CallerEntry] = Field(default_factory=list, description="the service accounts that it admits")
    claim: str = Field(default="", description="the claim whose holders it lists, if it does")
    holders: list[HolderEntry] = Field(default_factory=list, description="all subjects with access to the claim")
    managed_by: str = Field(min_length=1, description="the mark of ownership")
    overrules: list[str] = Field(
        default_factory=list, description="field managers whose fields are taken over where they differ"
    )
    adopt: bool = Field(default=False, description="take over an object of this name that is there already")

    @model_validator(mode="after")
    def _known(self) -> ObjectInputs:
        # A live object may lack fields, or have others.
        version, name = (str(getattr(self, field, "")) for field in ("api_version", "kind"))
        kind = BY_NAME.get((version, name))
        if kind is None:
            listed = ", ".join(f"{name} of {version}" for version, name in sorted(BY_NAME))
            raise ValueError(f"{name} of {version} is not supported. Allowed: {listed}.")
        if kind.namespaced != bool(self.namespace):
            raise ValueError(f"a {name} {'needs a' if kind.namespaced else 'has no'} namespace")
        return self

    @property
    def api_kind(self) -> ApiKind:
        """Its kind."""
        return BY_NAME[self.api_version, self.kind]

    @property
    def shown(self) -> str:
        """The object in words."""
        where = f"{self.namespace}/" if self.namespace else ""
        return f"{self.kind} {where}{self.name} of cluster {self.cluster}"

    @property
    def body(self) -> Manifest:
        """The object as it is applied."""
        labels = {**self.labels, MANAGED_BY: MANAGER}
        annotations = {**self.annotations, OWNER: self.managed_by, CLUSTER: self.cluster}
        place = {"namespace": self.namespace} if self.namespace else {}
        metadata = {"name": self.name, **place, "labels": labels, "annotations": annotations}
        return {"apiVersion": self.api_version, "kind": self.kind, "metadata": metadata, **self.content}


class GovernedObject(Resource[ObjectInputs]):
    """An object of a cluster."""

    token = "rolecall:kubernetes:Object"
    description = "An object of a Kubernetes cluster that Rolecall applies and owns."
    replaced_by = frozenset({"cluster", "apiVersion", "kind", "namespace", "name"})
    unordered = frozenset({"callers", "holders"})
    settings = frozenset({"adopt", "overrules"})
    entries_of_others = "fields of other managers are refused before a write, unless `overrules` names the manager"

    def check(self, inputs: ObjectInputs) -> None:
        """Let the server judge it in a dry run: its schema, webhooks, and fields of other managers.

        A dry run needs the right to write. A caller who only reads, as previews in CI do, sees other managers' fields.
        """
        client, kind = cluster(inputs.context), inputs.api_kind
        client.require(kind)
        found = client.get(kind, inputs.namespace, inputs.name)
        if found is not None:
            _require_own(inputs, found, owner_of(found) or inputs.adopt)
            _require_changeable(inputs, found)
        if not client.may_apply(kind, inputs.namespace) or (found is not None and _is_replaced(inputs, found)):
            return
        try:
            with _namespace_stays(client, inputs):
                client.apply(kind, inputs.body, force=True, dry_run=True)
        except ObjectMissing:
            # Its namespace is made in the same run.
            return

    def create(self, inputs: ObjectInputs) -> Live[ObjectInputs]:
        """Apply it; one that carries its mark is one that an earlier run has made."""
        client = cluster(inputs.context)
        client.require(inputs.api_kind)
        found = client.get(inputs.api_kind, inputs.namespace, inputs.name)
        if found is not None:
            _require_own(inputs, found, owner_of(found) == inputs.managed_by or _is_adopted(inputs, found))
        return self._applied(client, inputs, found)

    def read(self, identity: str, declared: ObjectInputs | None) -> Live[ObjectInputs] | None:
        """Return it as it is; an object to import is named `CONTEXT|VERSION|KIND|NAMESPACE|NAME`."""
        place, version, name_of_kind, namespace, name = _parts(identity)
        context = declared.context if declared is not None else place
        client, kind = cluster(context), BY_NAME[version, name_of_kind]
        if declared is not None:
            _require_same(client, identity, declared)
        found = client.look_up(kind, namespace, name)
        return _live(client, found, declared) if found is not None else None

    def update(self, identity: str, old: ObjectInputs, new: ObjectInputs) -> Live[ObjectInputs]:
        """Apply it again."""
        client = cluster(new.context)
        _require_same(client, identity, new)
        client.require(new.api_kind)
        found = client.get(new.api_kind, new.namespace, new.name)
        if found is not None:
            own = owner_of(found) in (new.managed_by, old.managed_by)
            _require_own(new, found, own or _is_adopted(new, found))
        return self._applied(client, new, found)

    def delete(self, identity: str, declared: ObjectInputs) -> None:
        """Delete it, if it is still Rolecall's; one that another cluster of the contract has taken over stays.

        Raises:
            NotOwned: other managers have changed its marks.
            RolecallError: its finalizers delay the deletion; its grants stay in force until then.
        """
        client = cluster(declared.context)
        _require_same(client, identity, declared)
        found = client.get(declared.api_kind, declared.namespace, declared.name)
        if found is None:
            return
        if found["metadata"].get("deletionTimestamp"):
            _require_unheld(declared, found)
            return
        if owner_of(found) == declared.managed_by and _is_taken_over(declared, found):
            return
        if owner_of(found) != declared.managed_by:
            raise NotOwned(
                f"{declared.shown} does not carry Rolecall's mark; it was not deleted",
                "Delete it by hand, or restore its label and annotation.",
            )
        if declared.api_kind == NAMESPACE:
            _require_empty(client, declared)
        client.delete(declared.api_kind, found)
        _require_unheld(declared, found)

    def _applied(self, client: Cluster, inputs: ObjectInputs, found: Json | None) -> Live[ObjectInputs]:
        kind = inputs.api_kind
        body = inputs.body
        if found is not None:
            _require_changeable(inputs, found)
        if found is not None and _is_replaced(inputs, found):
            _require_unheld(inputs, found)
            client.delete(kind, found)
            found = None
        if found is not None:
            # Fields of others are taken over as they were judged: the server refuses where they have changed since.
            body["metadata"]["resourceVersion"] = found["metadata"]["resourceVersion"]
        with _namespace_stays(client, inputs):
            made = client.apply(kind, body, force=found is not None)
        # Applying removes no field that another manager has added.
        added = merge_patch(_compared(inputs, inputs.body), _compared(inputs, made))
        if added:
            made = client.merge(kind, inputs.namespace, inputs.name, added)
        await_acceptance(client, made)
        return _live(client, made, inputs)


@contextmanager
def _namespace_stays(client: Cluster, inputs: ObjectInputs) -> Iterator[None]:
    """Report that a refused object's namespace is being deleted; the server answers as for missing rights."""
    try:
        yield
    except SystemRefused as error:
        found = client.get(NAMESPACE, "", inputs.namespace) if inputs.namespace else None
        since = found["metadata"].get("deletionTimestamp") if found is not None else None
        if since is None:
            raise
        what = f"{inputs.shown} cannot be made: its namespace is being deleted since {since}"
        how = f"Run it again when it is gone; `kubectl get namespace {inputs.namespace} -o yaml` names what is left."
        raise RolecallError(what, how) from error


def _is_taken_over(declared: ObjectInputs, found: Json) -> bool:
    """Return whether an object of this name is another cluster's of the contract now.

    Raises:
        NotOwned: another manager has changed the name of its cluster: the object would never be deleted.
    """
    annotations = found["metadata"].get("annotations") or {}
    cluster_name = annotations.get(CLUSTER, declared.cluster)
    if cluster_name == declared.cluster:
        return False
    # A run owns the annotation that it applied, also beside other managers; a change by another manager ends that.
    managers = managers_of(found, ("metadata", "annotations", CLUSTER), "")
    if FIELD_MANAGER in managers:
        return True
    whose = ", ".join(sorted(managers)) or "an unknown manager"
    raise NotOwned(
        f"{declared.shown} names cluster {cluster_name!r} since a change by {whose}; it was not deleted",
        f"Delete it by hand, or annotate it {CLUSTER}={declared.cluster} again.",
    )


def _require_unheld(declared: ObjectInputs, found: Json) -> None:
    """Require that nothing delays the deletion of an object that grants: it does until it is gone.

    https://kubernetes.io/docs/concepts/overview/working-with-objects/finalizers/

    Raises:
        RolecallError: it has finalizers.
    """
    held = ", ".join(map(str, found["metadata"].get("finalizers") or []))
    if held and declared.api_kind.ends_at_once:
        raise RolecallError(
            f"{declared.shown} is not gone: its deletion waits for {held}, and its grants stay in force",
            "Have the finalizers' controllers finish, or remove the finalizers with `kubectl edit`, then run it again.",
        )


def _is_replaced(inputs: ObjectInputs, found: Json) -> bool:
    """Return whether fields differ that the server does not change."""
    live = content_of(inputs.api_kind, found)
    return any(live.get(key) != inputs.content.get(key) for key in inputs.api_kind.immutable)


def _compared(inputs: ObjectInputs, found: Json) -> Json:
    """Return what counts of an object, in the structure of the API."""
    metadata = {
        "labels": labels_of(found, inputs.labels),
        "annotations": annotations_of(found, inputs.annotations),
    }
    return {"metadata": metadata, **content_of(inputs.api_kind, found)}


def _is_adopted(inputs: ObjectInputs, found: Json) -> bool:
    """Return whether an object may be taken over; one with a mark of Rolecall is in another stack's state."""
    return inputs.adopt and not owner_of(found)


def _require_own(inputs: ObjectInputs, found: Json, own: object) -> None:
    if not own:
        owner = owner_of(found)
        whose = f"carries the mark {owner}" if owner else "does not carry Rolecall's mark"
        raise NotOwned(
            f"{inputs.shown} is there already and {whose}; nothing was written to it",
            f"Delete it, or take it over: label it {MANAGED_BY}={MANAGER} and annotate it {OWNER}={inputs.managed_by}.",
        )


def _require_changeable(inputs: ObjectInputs, found: Json) -> None:
    """Require that no field of another manager would change, but for those whom the contract overrules.

    Raises:
        RolecallError: the object is being deleted, or another manager has set a field that differs.
    """
    if since := found["metadata"].get("deletionTimestamp"):
        held = ", ".join(map(str, [*(found["metadata"].get("finalizers") or []), *_namespace_finalizers(found)]))
        what = f"{inputs.shown} is being deleted since {since}" + (f", and waits for {held}" if held else "")
        raise RolecallError(what, "Run it again when it is gone; `kubectl get namespace -o yaml` names what is left.")
    others = {path: managers - {*inputs.overrules} for path, managers in _conflicts(inputs, found)}
    if refused := {path: managers for path, managers in others.items() if managers}:
        shown = "; ".join(f"{'.'.join(path)} by {', '.join(sorted(of))}" for path, of in sorted(refused.items()))
        names = ", ".join(sorted({name for managers in refused.values() for name in managers}))
        how = (
            f"Undo that change, or write `overrules: [{names}]` at cluster {inputs.cluster!r} of the contract: "
            "Rolecall sets such fields back then."
        )
        raise RolecallError(f"{inputs.shown} has fields of other managers that differ: {shown}", how)


def _conflicts(inputs: ObjectInputs, found: Json) -> Iterator[tuple[Path, set[str]]]:
    for path in differing(_compared(inputs, inputs.body), _compared(inputs, found)):
        if managers := managers_of(found, path, FIELD_MANAGER):
            yield path, managers


def _namespace_finalizers(found: Json) -> list[str]:
    return list((found.get("spec") or {}).get("finalizers") or []) if found.get("kind") == "Namespace" else []


def _require_empty(client: Cluster, declared: ObjectInputs) -> None:
    """Require that nothing runs and no data is in a namespace, which deleting it would delete too."""
    left = [one.plural for one in OCCUPANTS if client.has_any(one.inside(declared.name))]
    if left:
        raise RolecallError(
            f"{declared.shown} still has {', '.join(left)}; it was not deleted",
            "Delete them first: with the namespace, everything in it would go, data included.",
        )


def _require_same(client: Cluster, identity: str, declared: ObjectInputs) -> None:
    """Require that a context still leads to the cluster of an object.

    Raises:
        RolecallError: it leads to another one, where an object of the same name is another object.
    """
    if _parts(identity)[0] != client.uid:
        raise RolecallError(
            f"context {declared.context!r} leads to another cluster than the one that has {declared.shown}",
            "Correct the kubeconfig. For a re-created cluster: `pulumi state delete` what the old one had, or "
            "give the cluster another name and context in the contract while the old one is there.",
        )


def uid_in(identity: str) -> str:
    """Return the id of the cluster in the id of an object."""
    return identity.partition("|")[0]


def _parts(identity: str) -> tuple[str, str, str, str, str]:
    parts = identity.split("|")
    if len(parts) != 5 or (parts[1], parts[2]) not in BY_NAME:
        raise RolecallError(f"{identity!r} names no object of a cluster", "Write CONTEXT|VERSION|KIND|NAMESPACE|NAME.")
    return parts[0], parts[1], parts[2], parts[3], parts[4]


def _live(client: Cluster, found: Json, declared: ObjectInputs | None) -> Live[ObjectInputs]:
    version, name_of_kind = str(found["apiVersion"]), str(found["kind"])
    metadata, kind = found["metadata"], BY_NAME[version, name_of_kind]
    owner = owner_of(found)
    annotations = metadata.get("annotations") or {}
    inputs = ObjectInputs(
        # What names another cluster is deleted by no run; so it shows as a difference.
        cluster=str(annotations.get(CLUSTER) or (declared.cluster if declared else client.context)),
        context=client.context,
        api_version=version,
        kind=name_of_kind,
        namespace=metadata.get("namespace") or "",
        name=metadata["name"],
        labels=labels_of(found, declared.labels if declared else None),
        annotations=annotations_of(found, declared.annotations if declared else None),
        content=content_of(kind, found),
        mesh_service=declared.mesh_service if declared else "",
        callers=_callers(found) if declared and declared.mesh_service else [],
        claim=declared.claim if declared else "",
        holders=_holders(found, declared.holders) if declared and declared.claim else [],
        # A removed mark shows as a difference.
        managed_by=owner or UNOWNED,
    )
    identity = "|".join((client.uid, version, name_of_kind, inputs.namespace, inputs.name))
    return Live(identity, inputs)


def _callers(found: Json) -> list[CallerEntry]:
    references = (found.get("spec") or {}).get("identityRefs") or []
    own = found["metadata"].get("namespace")
    return [
        CallerEntry(service_account=f"{one.get('namespace') or own}/{one['name']}")
        for one in references
        if one.get("kind") == "ServiceAccount" and one.get("name")
    ]


def _holders(found: Json, declared: list[HolderEntry]) -> list[HolderEntry]:
    """Return all subjects of a claim's first binding; other bindings add verbs."""
    known = {(one.group, one.service_account): one for one in declared}
    own = found["metadata"].get("namespace")
    named = [_named(one, own) for one in found.get("subjects") or []]
    return [known.get(one) or HolderEntry(group=one[0], service_account=one[1], may=words(Verb.VIEW)) for one in named]


def _named(subject: Json, namespace: str) -> tuple[str, str]:
    """Return the group that a subject of a binding is, and the service account; a user counts as a group."""
    name = str(subject.get("name"))
    is_account = subject.get("kind") == "ServiceAccount"
    return ("", f"{subject.get('namespace') or namespace}/{name}") if is_account else (name, "")
