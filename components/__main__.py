"""Start the component package as the engine's plugin."""

from __future__ import annotations

import sys
from pathlib import Path

# The engine runs this folder as a program; what lies in it is found as a package, not by its bare name.
sys.path[:] = [entry for entry in sys.path if Path(entry or ".").resolve() != Path(__file__).resolve().parent]

if __name__ == "__main__":
    from rolecall.components.package import main

    main()
