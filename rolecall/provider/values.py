"""Properties as they travel between engine and provider: plain values, some of them not known yet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from google.protobuf import json_format, struct_pb2
from pulumi.runtime import rpc

from rolecall.systems.resource import Properties


def plain(struct: struct_pb2.Struct) -> Properties:
    """Return the values of a struct; whole numbers, which a struct cannot distinguish, as such."""
    found: Properties = {key: _whole(value) for key, value in json_format.MessageToDict(struct).items()}
    return found


def struct(properties: Mapping[str, Any]) -> struct_pb2.Struct:
    """Return a struct of values."""
    made = struct_pb2.Struct()
    json_format.ParseDict(dict(properties), made)
    return made


def is_unknown(value: Any) -> bool:
    """Return whether a value, or something in it, is not known before the deployment."""
    if isinstance(value, str):
        return value == rpc.UNKNOWN
    if isinstance(value, Mapping):
        return any(is_unknown(item) for item in value.values())
    return isinstance(value, list) and any(is_unknown(item) for item in value)


def known(properties: Mapping[str, Any]) -> Properties:
    """Return the properties that are known whole."""
    return {key: value for key, value in properties.items() if not is_unknown(value)}


def _whole(value: Any) -> Any:
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {key: _whole(item) for key, item in value.items() if item is not None}
    return [_whole(item) for item in value] if isinstance(value, list) else value
