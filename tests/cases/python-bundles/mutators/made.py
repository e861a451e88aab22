from dataclasses import replace

from databricks.bundles.core import Bundle, Resources, job_mutator
from databricks.bundles.jobs import Job, JobEmailNotifications


def load() -> Resources:
    made = Resources()
    task = {"task_key": "a", "notebook_task": {"notebook_path": "src/made.py"}}
    made.add_job("made", {"name": "made", "tags": {"watched": "yes"}, "tasks": [task]})
    return made


@job_mutator
def add_tags(bundle: Bundle, job: Job) -> Job:
    if "watched" not in (job.tags or {}):
        return job
    return replace(job, tags={**job.tags, "target": bundle.target})


@job_mutator
def add_notifications(job: Job) -> Job:
    # Paths begin at the bundle's folder here, whatever file they are written in.
    assert all(not one.notebook_task or ".." not in one.notebook_task.notebook_path for one in job.tasks)
    # What the bundles' command fills in is there.
    assert job.max_concurrent_runs == 1
    if "watched" not in (job.tags or {}):
        return job
    return replace(job, email_notifications=JobEmailNotifications(on_failure=["shop@example.com"]))
