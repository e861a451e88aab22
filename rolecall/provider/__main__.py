"""Start the provider as the engine's plugin: print the port, and answer until the engine ends."""

from __future__ import annotations

import signal
import sys
from concurrent import futures
from pathlib import Path

# The engine runs this folder as a program; what lies in it is found as a package, not by its bare name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

# Requests at once; each system's own pace holds them back.
WORKERS = 64
# Bytes: an object with 10,000 members has to fit.
LARGEST_MESSAGE = 400 * 1024 * 1024


def main() -> int:
    """Serve until SIGTERM."""
    import grpc
    from pulumi.runtime.proto import provider_pb2_grpc

    from rolecall.provider.server import Provider

    # A terminal's interrupt reaches this process too; it is the engine that decides when to end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    options = [("grpc.max_receive_message_length", LARGEST_MESSAGE), ("grpc.max_send_message_length", LARGEST_MESSAGE)]
    server = grpc.server(futures.ThreadPoolExecutor(WORKERS), options=options)
    provider_pb2_grpc.add_ResourceProviderServicer_to_server(Provider(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
    return 0


if __name__ == "__main__":
    sys.exit(main())
