"""Serves the provider on a free port of this machine, to this user only."""

from __future__ import annotations

from concurrent import futures

import grpc
from pulumi.runtime.proto import provider_pb2_grpc

from rolecall.provider.server import Provider
from rolecall.toolchain.language_host.local_server import local_server

# Requests at once; each system's own pace holds them back.
WORKERS = 64
# Bytes: an object with 10,000 members has to fit.
LARGEST_MESSAGE = 400 * 1024 * 1024


def start(provider: Provider) -> tuple[grpc.Server, int]:
    """Begin to serve a provider; return the server, which answers until it is stopped, and its port."""
    options = [
        ("grpc.max_receive_message_length", LARGEST_MESSAGE),
        ("grpc.max_send_message_length", LARGEST_MESSAGE),
    ]
    server, port = local_server(futures.ThreadPoolExecutor(WORKERS), options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server)
    server.start()
    return server, port
