"""Stands for a policy pack that a running template forks: `pulumi-analyzer-policy-forked`, which the engine starts.

The engine starts a pack again for each stack; what that costs is nearly all in starting Python and importing. A
template (rolecall/deploy/serving/pack_template.py) has done both, and forks. This process takes the pack's
place as the engine's child: it passes on its output, arguments and environment, and each of the two ends with the
other. It imports little, to start in a hundredth of a second.
"""

import array
import json
import os
import signal
import socket
import sys

# Lies beside the folder that the engine takes for the pack's, and in which it starts this.
SOCKET = "template.sock"
# How the length of what is handed over is written, in bytes.
LENGTH_BYTES = 8


def main() -> int:
    """Ask the template for a fork and wait for its end; return its exit status, 1 when the template goes away."""
    # How the engine ends its plugins; one that does not end is given a second, for each stack.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: os._exit(0))
    # The template knows the pack by that folder's name.
    folder = os.getcwd().rpartition(os.sep)[2]
    told = json.dumps({"pack": folder, "arguments": sys.argv[1:], "environment": dict(os.environ)}).encode()
    with socket.socket(socket.AF_UNIX) as template:
        template.connect(f"../{SOCKET}")
        outputs = array.array("i", [1, 2])
        length = len(told).to_bytes(LENGTH_BYTES, "big")
        template.sendmsg([length], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, outputs)])
        template.sendall(told)
        status = template.recv(1)
    return status[0] if status else 1


if __name__ == "__main__":
    sys.exit(main())
