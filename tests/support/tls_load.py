"""A client of the mesh as a process: requests over TLS without a pause, until its input ends.

Arguments: the port, and the file of trust anchors, which each connection reads. Each line of output has the number of
requests that were answered and of those that were lost.
"""

from __future__ import annotations

import http.client
import json
import ssl
import sys
import threading

# Requests of a connection, and requests between two lines.
OF_CONNECTION, OF_LINE = 20, 200


def main() -> None:
    """Send requests."""
    port, anchors = int(sys.argv[1]), sys.argv[2]
    stopped = threading.Event()

    def wait() -> None:
        sys.stdin.read()
        stopped.set()

    threading.Thread(target=wait, daemon=True).start()
    answered = lost = 0
    while not stopped.is_set():
        try:
            context = ssl.create_default_context(cafile=anchors)
            connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=30)
            for _ in range(OF_CONNECTION):
                connection.request("GET", "/")
                answer = connection.getresponse()
                answered += answer.read() == b"ok"
            connection.close()
        except (OSError, http.client.HTTPException):
            lost += 1
        if (answered + lost) % OF_LINE == 0 or lost:
            print(json.dumps([answered, lost]), flush=True)
    print(json.dumps([answered, lost]), flush=True)


if __name__ == "__main__":
    main()
