"""Call the command line and return an exit code of Rolecall's, whatever typer would end with.

typer has 1 for a closed output, for a question that is answered with no, and for errors that are no usage errors:
https://click.palletsprojects.com/en/stable/exceptions/#exit-codes.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Sequence
from typing import Any, cast

import typer
from typer.main import get_command

from rolecall.cli.main import app
from rolecall.errors import ExitCode

# Set by shells that ask for completions: https://typer.tiangolo.com/features/#completion.
COMPLETION = f"_{str(app.info.name).upper()}_COMPLETE"


def run(arguments: Sequence[str] | None = None) -> int:
    """Run a command and return its exit code.

    Args:
        arguments: the arguments; by default those of this process.

    Raises:
        RolecallError: whatever the command raises.
    """
    try:
        code = get_command(app).main(arguments, standalone_mode=False)
    except typer.TyperException as error:
        # Only for an error: it imports a parser of Markdown, a tenth of a command's start.
        from typer import rich_utils

        # typer has the class that its own function takes in a private module only.
        rich_utils.rich_format_error(cast("Any", error))
        return ExitCode.INVALID
    except typer.Abort:
        sys.stderr.write("stopped: the answer was no; nothing was changed\n")
        return ExitCode.INTERRUPTED
    except SystemExit as ended:
        if isinstance(ended.__context__, OSError) and ended.__context__.errno == errno.EPIPE:
            return ExitCode.OUTPUT_CLOSED
        if not ended.code or COMPLETION in os.environ:
            raise
        # A library or a plug-in ends the process, with a code that means something else to it.
        raise RuntimeError(f"the process was ended by SystemExit({ended.code!r})") from ended
    return code if isinstance(code, int) else ExitCode.FINE
