"""The gRPC server: https://www.pulumi.com/docs/iac/using-pulumi/extending-pulumi/build-a-provider/."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, TypeVar

import grpc
from google.protobuf import any_pb2, empty_pb2
from google.rpc import status_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2_grpc
from pulumi.runtime.proto import provider_pb2 as rpc

from rolecall import __version__
from rolecall.errors import RolecallError, UsageError, explained
from rolecall.ids.characters import engine_text
from rolecall.provider.checking import difference, failures, with_defaults
from rolecall.provider.hosts import is_host_of_project
from rolecall.provider.registry import FUNCTIONS, RESOURCES
from rolecall.provider.schema import CONFIGURATION, DATABRICKS_ACCOUNT_ID, DATABRICKS_HOST, package_schema
from rolecall.provider.values import is_unknown, known, plain, struct
from rolecall.secrecy import without_secrets
from rolecall.systems.connections import cancel_all
from rolecall.systems.databricks.account_address import ACCOUNT, AccountAddress
from rolecall.systems.resource import Function, Live, PartlyMade, Properties, Resource, live_state, read_live

Response = TypeVar("Response")


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """Answers the engine; what a type means is its system's business.

    Args:
        shared: whether several engines ask it, of which one may end before the others.
        admits: whether the credentials of this process may go to a host.
    """

    def __init__(self, *, shared: bool = False, admits: Callable[[str], bool] = is_host_of_project) -> None:
        self._shared = shared
        self._admits = admits
        self._resources: dict[str, Resource[Any]] = {token: make() for token, make in RESOURCES.items()}
        self._functions: dict[str, Function[Any]] = {token: make() for token, make in FUNCTIONS.items()}

    def GetPluginInfo(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> plugin_pb2.PluginInfo:
        """Answer the version."""
        return plugin_pb2.PluginInfo(version=__version__)

    def Attach(self, request: plugin_pb2.PluginAttach, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Take notice of an engine that did not start this provider; nothing is sent to it."""
        return empty_pb2.Empty()

    def GetSchema(self, request: rpc.GetSchemaRequest, context: grpc.ServicerContext) -> rpc.GetSchemaResponse:
        """Answer the schema."""
        return rpc.GetSchemaResponse(schema=json.dumps(package_schema()))

    def CheckConfig(self, request: rpc.CheckRequest, context: grpc.ServicerContext) -> rpc.CheckResponse:
        """Take the configuration: where the Databricks account is. Credentials come from the environment."""
        allowed = {"version", "pluginDownloadURL", *CONFIGURATION}
        wrong = [
            rpc.CheckFailure(property=name, reason=f"there is no such setting. Allowed: {', '.join(CONFIGURATION)}.")
            for name in plain(request.news)
            if name not in allowed and not name.startswith("__")
        ]
        return rpc.CheckResponse(inputs=request.news, failures=wrong)

    def DiffConfig(self, request: rpc.DiffRequest, context: grpc.ServicerContext) -> rpc.DiffResponse:
        """Say that the configuration is the same."""
        return rpc.DiffResponse(changes=rpc.DiffResponse.DIFF_NONE)

    def Configure(self, request: rpc.ConfigureRequest, context: grpc.ServicerContext) -> rpc.ConfigureResponse:
        """Say what the provider can do. The engine keeps secrets out of our hands and marks them again itself."""
        given = plain(request.args)
        known = {name: str(given.get(name) or "") for name in CONFIGURATION if not is_unknown(given.get(name))}
        address = AccountAddress(known.get(DATABRICKS_HOST, ""), known.get(DATABRICKS_ACCOUNT_ID, ""))
        try:
            ACCOUNT.use(address, admits=self._admits)
        except UsageError as error:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, engine_text(explained(error)))
        return rpc.ConfigureResponse(supportsPreview=True)

    def Check(self, request: rpc.CheckRequest, context: grpc.ServicerContext) -> rpc.CheckResponse:
        """Name everything that is wrong with a resource's properties, and fill in what was left out."""
        resource = self._resource(request.urn, context)
        news = plain(request.news)
        wrong = [rpc.CheckFailure(property=one.property, reason=one.reason) for one in failures(resource.model, news)]
        inputs = request.news if wrong else struct(with_defaults(resource.model, news))
        return rpc.CheckResponse(inputs=inputs, failures=wrong)

    def Diff(self, request: rpc.DiffRequest, context: grpc.ServicerContext) -> rpc.DiffResponse:
        """Say which properties differ from those that the object has, and whether it must be replaced."""
        resource = self._resource(request.urn, context)
        found = difference(type(resource), plain(request.olds), plain(request.news), list(request.ignoreChanges))
        detailed = {
            name: rpc.PropertyDiff(
                kind=rpc.PropertyDiff.UPDATE_REPLACE if name in found.replaced else rpc.PropertyDiff.UPDATE
            )
            for name in found.changed
        }
        return rpc.DiffResponse(
            changes=rpc.DiffResponse.DIFF_SOME if found.changed else rpc.DiffResponse.DIFF_NONE,
            diffs=found.changed,
            replaces=found.replaced,
            detailedDiff=detailed,
            hasDetailedDiff=True,
            deleteBeforeReplace=bool(resource.deleted_first & {*found.replaced}),
        )

    def Create(self, request: rpc.CreateRequest, context: grpc.ServicerContext) -> rpc.CreateResponse:
        """Make a resource; in a preview, say what it would be as far as that is known."""
        resource = self._resource(request.urn, context)
        properties = plain(request.properties)
        if request.preview:
            _check(context, resource, properties)
            return rpc.CreateResponse(properties=struct(properties))
        inputs = resource.model.model_validate(properties)

        def created() -> Live[Any]:
            resource.refuse_first_losses(inputs)
            return resource.create(inputs)

        live = _guarded(context, created)
        return rpc.CreateResponse(id=live.id, properties=struct(_state(live, properties, resource)))

    def Read(self, request: rpc.ReadRequest, context: grpc.ServicerContext) -> rpc.ReadResponse:
        """Say what a resource is now; an empty answer means that it is gone."""
        resource = self._resource(request.urn, context)
        given = plain(request.inputs)
        declared = resource.model.model_validate(given) if given and not failures(resource.model, given) else None
        live = _guarded(context, lambda: read_live(resource, request.id, declared))
        if live is None:
            return rpc.ReadResponse()
        settings = {name: given[name] for name in resource.settings if name in given}
        inputs = {**live.inputs.properties(), **settings}
        return rpc.ReadResponse(id=live.id, properties=struct({**inputs, **live.computed}), inputs=struct(inputs))

    def Update(self, request: rpc.UpdateRequest, context: grpc.ServicerContext) -> rpc.UpdateResponse:
        """Change a resource in place."""
        resource = self._resource(request.urn, context)
        olds, news = plain(request.olds), plain(request.news)
        if request.preview:
            _check(context, resource, news)
            return rpc.UpdateResponse(properties=struct({**olds, **news}))
        names = {field.alias or name for name, field in resource.model.model_fields.items()}
        with live_state():
            old = resource.model.model_validate({key: value for key, value in olds.items() if key in names})
        inputs = resource.model.model_validate(news)
        live = _guarded(context, lambda: resource.update(request.id, old, inputs))
        return rpc.UpdateResponse(properties=struct(_state(live, news, resource)))

    def Delete(self, request: rpc.DeleteRequest, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """Remove a resource."""
        resource = self._resource(request.urn, context)
        names = {field.alias or name for name, field in resource.model.model_fields.items()}
        given = {key: value for key, value in plain(request.properties).items() if key in names}
        with live_state():
            declared = resource.model.model_validate(given)

        def deleted() -> None:
            resource.refuse_last_losses(request.id, declared)
            resource.delete(request.id, declared)

        _guarded(context, deleted)
        return empty_pb2.Empty()

    def Invoke(self, request: rpc.InvokeRequest, context: grpc.ServicerContext) -> rpc.InvokeResponse:
        """Answer a question."""
        function = self._functions.get(request.tok)
        if function is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"the provider has no function {request.tok!r}")
        arguments = plain(request.args)
        wrong = failures(function.model, arguments)
        if wrong:
            details = [rpc.CheckFailure(property=one.property, reason=one.reason) for one in wrong]
            return rpc.InvokeResponse(failures=details)
        if is_unknown(arguments):
            return _answer({})
        found = _guarded(context, lambda: function.call(function.model.model_validate(known(arguments))))
        return _answer(found)

    def Cancel(self, request: empty_pb2.Empty, context: grpc.ServicerContext) -> empty_pb2.Empty:
        """End waiting; what is under way is finished. The waiting of other engines is not this one's to end."""
        if not self._shared:
            cancel_all()
        return empty_pb2.Empty()

    def _resource(self, urn: str, context: grpc.ServicerContext) -> Resource[Any]:
        token = urn.split("::")[2].rpartition("$")[2]
        found = self._resources.get(token)
        if found is None:
            context.abort(grpc.StatusCode.NOT_FOUND, f"the provider has no type {token!r}")
        return found


def _answer(properties: Properties) -> rpc.InvokeResponse:
    made = rpc.InvokeResponse()
    # `return` is a word of the language, so that the field cannot be named as an argument.
    getattr(made, "return").CopyFrom(struct(properties))
    return made


def _state(live: Live[Any], declared: Properties, resource: Resource[Any]) -> Properties:
    settings = {name: declared[name] for name in resource.settings if name in declared}
    return {**live.inputs.properties(), **settings, **live.computed}


def _check(context: grpc.ServicerContext, resource: Resource[Any], properties: Properties) -> None:
    """Fail a preview of what its system would refuse; what is not known yet is not checked."""
    if type(resource).check is not Resource.check and not is_unknown(properties):
        _guarded(context, lambda: resource.check(resource.model.model_validate(properties)))


def _guarded(context: grpc.ServicerContext, work: Callable[[], Response]) -> Response:
    """Return what work returns; tell the engine what went wrong in words, without a traceback."""
    try:
        with live_state():
            return work()
    except PartlyMade as partly:
        state = struct({**partly.live.inputs.properties(), **partly.live.computed})
        detail = any_pb2.Any()
        inputs = struct(partly.live.inputs.properties())
        reason = engine_text(explained(partly.cause))
        detail.Pack(rpc.ErrorResourceInitFailed(id=partly.live.id, properties=state, inputs=inputs, reasons=[reason]))
        status = status_pb2.Status(code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail])
        context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
        context.abort(grpc.StatusCode.UNKNOWN, reason)
    except RolecallError as error:
        context.abort(grpc.StatusCode.UNKNOWN, engine_text(explained(error)))
    except Exception as error:  # noqa: BLE001 - gRPC would hand it to the engine as it is
        context.abort(grpc.StatusCode.UNKNOWN, engine_text(without_secrets(f"{type(error).__name__}: {error}")))
    raise AssertionError("abort raises")
