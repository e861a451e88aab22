"""The last step of the demo: the access report of the last comparison."""

from __future__ import annotations

import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from rolecall.compiled import CompiledContract
from rolecall.parity import Report
from rolecall.report.compose import compose
from rolecall.report.gather import sources_of
from rolecall.report.page import Page
from rolecall.report.rendering import render
from rolecall.report.showing import show_written
from rolecall.report.writing import write

LEFT_OUT = "declared settings: the demo compares access only"


def write_report(contract: Path, compiled: CompiledContract, compared: Report, path: Path) -> Page:
    """Write the access report of a comparison, show where it is, and return its data.

    Args:
        contract: the contract's main file.
        compiled: the contract.
        compared: the comparison, of access alone.
        path: the file to write.
    """
    complete = replace(compared, not_read=(*compared.not_read, LEFT_OUT))
    page = compose(sources_of(contract, compiled, complete, datetime.now(UTC), os.environ))
    show_written(page, write(render(page), path))
    return page
