"""The component package: objects and access lists in the contract's words, for programs in any language.

https://www.pulumi.com/docs/iac/extending-pulumi/build-a-component/. The SDK infers the package's schema from the
annotations below; `docs/how-to/component-package.md` shows a program in YAML.
"""
# No `from __future__ import annotations`: the SDK reads the annotations as they are.

from collections.abc import Iterable, Mapping
from typing import Any, NotRequired, TypedDict, get_args

import pulumi
from pulumi import ComponentResource, Input, Output, ResourceOptions
from pydantic import ValidationError

from rolecall import __version__
from rolecall.components.objects import Declaration, GovernedObject
from rolecall.components.permissions import declare_access
from rolecall.ids.ids import LiveSubject, ObjectId, Subject, SubjectType
from rolecall.ids.verbs import Verb
from rolecall.kinds.clouds import Cloud
from rolecall.kinds.registry import PLATFORM_KINDS, Spec
from rolecall.kinds.spec import Facts, Ref, Scope, Surroundings
from rolecall.systems.databricks.permissions import AccessControl, access_controls

PACKAGE = "rolecall-components"
# Kinds with an access list of their own on each object.
LISTED = tuple(
    kind
    for kind in PLATFORM_KINDS
    if kind.access.interface.whole and not kind.access.interface.grouped and not kind.access.names
)
# Kinds whose objects can be declared.
DECLARED = tuple(kind for kind in LISTED if kind.resource is not None and kind.resource.properties is not None)


class HolderArgs(TypedDict):
    """A subject and its verb: name a group or a service principal."""

    verb: Input[str]
    """`view`, `run`, `edit`, `manage` or `own`"""
    group: NotRequired[Input[str]]
    """the group's name in Databricks"""
    service_principal: NotRequired[Input[str]]
    """the application id of the service principal"""


class AccessListArgs(TypedDict):
    """The whole access list of an object."""

    kind: Input[str]
    """the kind of the object, as in roles of a contract"""
    object: Input[str]
    """the object's id, or its full name in Unity Catalog"""
    holders: Input[list[HolderArgs]]
    """all subjects that hold something on the object"""
    workspace_host: NotRequired[Input[str]]
    """the workspace's address; only for secret scopes"""


class ObjectArgs(TypedDict):
    """An object and its whole access list."""

    kind: Input[str]
    """the kind of the object, as in roles of a contract"""
    environment: Input[str]
    """the environment, which is part of the name"""
    project: Input[str]
    """the project, which is part of the name"""
    key: Input[str]
    """the key of the object in the project, which is part of the name"""
    settings: Input[Any]
    """the settings, as in the kind's section of a contract"""
    holders: Input[list[HolderArgs]]
    """all subjects that hold something on the object"""
    cloud: NotRequired[Input[str]]
    """the workspace's cloud: `aws`, `azure` or `gcp`; without it, `aws`"""
    catalog: NotRequired[Input[str]]
    """the catalog; only for kinds in Unity Catalog"""
    tags: NotRequired[Input[dict[str, str]]]
    """the tags of the project"""
    workspace_host: NotRequired[Input[str]]
    """the workspace's address; only for secret scopes"""


class AccessList(ComponentResource):
    """The whole access list of an object, in the verbs of a contract. What the list does not name has no access."""

    object: Output[str]
    """The object's id or full name."""

    def __init__(self, name: str, args: AccessListArgs, opts: ResourceOptions | None = None) -> None:
        kind = _kind(args, LISTED)
        entries, identities = _entries(kind, args)
        super().__init__(f"{PACKAGE}:index:AccessList", name, None, opts)
        own = ResourceOptions(parent=self)
        host = args.get("workspace_host", "")
        declare_access(kind, name, args["object"], entries, identities, own, host)
        self.object = Output.from_input(args["object"])
        self.register_outputs({"object": self.object})


class Object(GovernedObject):
    """An object and its whole access list, in the words of a contract."""

    identity: Output[str]
    """The object's id."""

    def __init__(self, name: str, args: ObjectArgs, opts: ResourceOptions | None = None) -> None:
        kind = _kind(args, DECLARED)
        entries, identities = _entries(kind, args)
        own = ResourceOptions()
        declaration = Declaration(
            _value(kind, args), _facts(kind, args), entries, identities, {}, own, own, args.get("workspace_host", "")
        )
        try:
            super().__init__(kind, name, declaration, opts, token=f"{PACKAGE}:index:Object")
        except ValueError as error:
            raise pulumi.RunError(f"{error}. Write it in `settings`.") from None


def main() -> None:
    """Serve the package until the engine ends."""
    # Imported here: it registers messages under names that the native provider's modules register as well.
    from pulumi.provider.experimental import component_provider_host

    component_provider_host([AccessList, Object], PACKAGE, version=__version__)


def _plain(args: Mapping[str, Any], key: str) -> Any:
    """Return an input that determines the declared resources.

    Raises:
        RunError: it is an output of another resource, which is not known during a preview.
    """
    value = args.get(key)
    if isinstance(value, Output):
        raise pulumi.RunError(
            f"`{key}` is an output of another resource. Write its value: it determines the declared resources."
        )
    return value


def _kind(args: Mapping[str, Any], allowed: Iterable[Spec]) -> Spec:
    name = _plain(args, "kind")
    names = sorted(str(kind.name) for kind in allowed)
    if name not in names:
        raise pulumi.RunError(f"`kind` is {name!r}. Allowed: {', '.join(names)}.")
    return next(kind for kind in allowed if kind.name == name)


def _entries(kind: Spec, args: Mapping[str, Any]) -> tuple[list[AccessControl], dict[Subject, Input[str]]]:
    """Return the entries of a list, and the names of their subjects."""
    held: dict[Subject, Verb] = {}
    names: dict[Subject, Input[str]] = {}
    for position, holder in enumerate(_plain(args, "holders") or []):
        path = f"holders[{position}]"
        group, principal = _plain(holder, "group"), holder.get("service_principal")
        if (group is None) == (principal is None):
            raise pulumi.RunError(f"`{path}` names one of `group` and `servicePrincipal`.")
        verbs = [str(verb) for verb in kind.verbs]
        if (name := _plain(holder, "verb")) not in verbs:
            raise pulumi.RunError(f"`{path}.verb` is {name!r}. Allowed on a {kind.noun}: {', '.join(verbs)}.")
        verb = Verb(name)
        if group is not None and verb is Verb.OWN:
            raise pulumi.RunError(
                f"`{path}` makes a group the owner. Databricks does not allow a group to own a {kind.noun}."
            )
        # A service principal of the same program has no application id yet during a preview.
        shown = path if isinstance(principal, Output) else str(group if group is not None else principal)
        subject = LiveSubject(SubjectType.GROUP if group is not None else SubjectType.SERVICE_PRINCIPAL, shown)
        if subject in held:
            raise pulumi.RunError(f"`{path}` names {shown!r} again. Name each subject once, with its highest verb.")
        held[subject] = verb
        names[subject] = group if group is not None else principal
    return access_controls(kind.name, held), names


def _value(kind: Spec, args: Mapping[str, Any]) -> Any:
    model = kind.model_for(None) if kind.model_for is not None else kind.model
    assert model is not None
    try:
        return model.model_validate(_plain(args, "settings") or {})
    except ValidationError as error:
        problems = "; ".join(f"`settings.{'.'.join(map(str, one['loc']))}`: {one['msg']}" for one in error.errors())
        raise pulumi.RunError(f"{kind.noun}: {problems}") from None


def _facts(kind: Spec, args: Mapping[str, Any]) -> Facts:
    environment, project, key = (str(_plain(args, name)) for name in ("environment", "project", "key"))
    identity = ObjectId(environment, kind.name, project, key)
    catalog, tags = str(_plain(args, "catalog") or ""), _plain(args, "tags") or {}
    if kind.scope is Scope.CATALOG and not catalog:
        raise pulumi.RunError(f"`catalog` is missing: a {kind.noun} lies in a catalog.")
    value = _value(kind, args)
    assert kind.naming is not None
    name = kind.naming.name(value, identity, Surroundings(catalog, ""))

    def reference(section: str, other: str, attribute: str) -> str | Ref:
        what = f"`${{resources.{section}.{other}.{attribute}}}`"
        raise pulumi.RunError(
            f"{what} refers to an object of a contract. Write its value, or declare it in a contract."
        )

    def definition(policy: str) -> Mapping[str, Mapping[str, Any]]:
        raise pulumi.RunError(f"`extends: {policy}` refers to a policy of a contract. Write the whole policy.")

    cloud: Cloud = _plain(args, "cloud") or "aws"
    if cloud not in get_args(Cloud):
        raise pulumi.RunError(f"`cloud` is {cloud!r}. Allowed: {', '.join(get_args(Cloud))}.")
    return Facts(identity, name, catalog, cloud, tags, kind.tags(value, identity, tags), "", reference, definition)
