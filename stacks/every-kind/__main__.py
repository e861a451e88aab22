"""The program is the same for every contract; this project has a state of its own, beside that of the main example."""

import runpy
from pathlib import Path

runpy.run_path(str(Path(__file__).resolve().parents[1] / "__main__.py"), run_name="__main__")
