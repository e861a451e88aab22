"""The program `rolecall`: runs a command and ends with its exit code, whatever happens.

Imports nothing but the standard library before it can show a crash: a broken installation has the exit code of a crash
too, not the interpreter's own 1, which is that of findings.
"""

from __future__ import annotations

import errno
import os
import sys
from contextlib import suppress

from rolecall.collector import collect_rarely
from rolecall.secrecy import show_crash

# sysexits.h, EX_SOFTWARE; `rolecall.errors.ExitCode` has it too, and may be what cannot be imported.
DEFECT = 70
# A full disk, a full quota, a file that may not grow, a file system that may only be read.
NO_ROOM = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS})


def main() -> None:
    """Run the command line and exit; every error that Rolecall raises itself is shown without a traceback."""
    sys.excepthook = show_crash
    collect_rarely()
    try:
        code = _run()
    except SystemExit:
        raise
    except BaseException as error:  # noqa: BLE001 - whatever it is, it has the exit code of a crash
        show_crash(type(error), error, error.__traceback__)
        code = DEFECT
    sys.exit(code)


def _run() -> int:
    """Run the command line and return its exit code."""
    from rolecall.errors import ExitCode, RolecallError

    try:
        _require_folder()
        from rolecall.cli.run import run

        code = run()
        sys.stdout.flush()
    except RolecallError as error:
        from rolecall.console.failure import show_error

        show_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        sys.stderr.write("\ninterrupted; the same command continues from here\n")
        return ExitCode.INTERRUPTED
    except BrokenPipeError:
        _discard_output()
        return ExitCode.OUTPUT_CLOSED
    except OSError as error:
        if error.errno not in NO_ROOM:
            raise
        return _show_no_room(error)
    return code


def _require_folder() -> None:
    from rolecall.errors import UsageError

    try:
        os.getcwd()
    except FileNotFoundError:
        raise UsageError("the current folder does not exist any more", "Change into a folder that exists.") from None


def _discard_output() -> None:
    """Send what is left of the output nowhere: the interpreter would write it at its end, and fail again."""
    nothing = os.open(os.devnull, os.O_WRONLY)
    with suppress(OSError, ValueError):
        os.dup2(nothing, sys.stdout.fileno())


def _show_no_room(error: OSError) -> int:
    from rolecall.console.failure import show_error
    from rolecall.errors import OutputUnwritable

    _discard_output()
    where = f"{error.filename}" if error.filename else "the output, or a temporary file,"
    how = (
        "What is shown is not all of it. What a deployment did is in the states: make room, and run the same command "
        "again; it continues from there."
    )
    shown = OutputUnwritable(f"{where} cannot be written: {error.strerror}", how)
    with suppress(OSError):
        show_error(shown)
    return shown.exit_code
