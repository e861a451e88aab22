"""Start the provider as the engine's plugin: print the port, and answer until the engine ends."""

from __future__ import annotations

import signal
import sys
from pathlib import Path

# The engine runs this folder as a program; what lies in it is found as a package, not by its bare name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]


def main() -> int:
    """Serve until SIGTERM."""
    from rolecall.provider.hosts import hosts_that_the_project_allows
    from rolecall.provider.server import Provider
    from rolecall.provider.serving import start
    from rolecall.systems.databricks.trusted_hosts import ask_for_hosts

    # A terminal's interrupt reaches this process too; it is the engine that decides when to end it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    ask_for_hosts(hosts_that_the_project_allows)
    server, port = start(Provider())
    sys.stdout.write(f"{port}\n")
    sys.stdout.flush()
    server.wait_for_termination()
    return 0


if __name__ == "__main__":
    sys.exit(main())
