"""Serve the language host: `pulumi-language-python [flags] ENGINE_ADDRESS`, started by the engine."""

from __future__ import annotations

import sys
from pathlib import Path

# The engine starts this file by its path, so the folder that holds `rolecall` is not on the module search path.
sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from rolecall.toolchain.language_host.stubs import prepare_light_import

prepare_light_import()

from rolecall.toolchain.language_host.server import serve

if __name__ == "__main__":
    sys.exit(serve(sys.argv[1:]))
