"""Run one job to its end, for orchestrators that start a command: a stage of a pipeline in Harness, say.

Who asks again with the same request id, after the command was killed, gets the run that was begun.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import TypeVar

from databricks.sdk import WorkspaceClient
from tenacity import Retrying, retry_if_exception, stop_after_delay, wait_exponential_jitter

from rolecall.errors import UsageError
from rolecall.flows.job_run import JobFailed, JobRequest, RunProgress, begin, look

Found = TypeVar("Found")
# Seconds between two looks at a run: at first, and at most.
FIRST_LOOK, LAST_LOOK = 1.0, 15.0
# Seconds for which Databricks is asked again while it does not answer.
PATIENCE = 600.0


def run_to_its_end(
    client: WorkspaceClient, request: JobRequest, *, sleep: Callable[[float], None] = time.sleep
) -> Iterator[RunProgress]:
    """Start a job, or find the run that the same request has started, and yield each state that its run comes to.

    Args:
        client: signed in as the job's principal.
        request: what is wanted.
        sleep: waits for some seconds.

    Raises:
        JobFailed: Databricks refuses the job, or does not answer for long.
    """
    run_id = _retry(lambda: begin(client, request), sleep)
    progress, pause = _retry(lambda: look(client, run_id), sleep), FIRST_LOOK
    yield progress
    while not progress.has_ended:
        sleep(pause)
        pause = min(pause * 2, LAST_LOOK)
        before, progress = progress, _retry(lambda: look(client, run_id), sleep)
        if progress.result_state != before.result_state:
            yield progress


def parameters_of(text: str) -> dict[str, str]:
    """Return a job's parameters: a JSON object, or nothing.

    Raises:
        UsageError: it is something else.
    """
    try:
        read = json.loads(text or "{}")
    except (ValueError, RecursionError) as error:
        raise UsageError(f"the parameters are no JSON: {error}", 'Write them so: {"day": "2026-01-31"}.') from error
    if not isinstance(read, dict) or any(isinstance(value, dict | list) for value in read.values()):
        raise UsageError("the parameters are no names with values", 'Write them so: {"day": "2026-01-31"}.')
    return {str(name): str(value) for name, value in read.items()}


def _retry(ask: Callable[[], Found], sleep: Callable[[float], None]) -> Found:
    """Ask Databricks, again while that may help; the same request never starts a second run."""
    retrying = Retrying(
        retry=retry_if_exception(lambda error: isinstance(error, JobFailed) and not error.for_good),
        wait=wait_exponential_jitter(FIRST_LOOK, LAST_LOOK),
        stop=stop_after_delay(PATIENCE),
        sleep=sleep,
        reraise=True,
    )
    return retrying(ask)
