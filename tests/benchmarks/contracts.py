"""Contracts of any number of jobs, as a platform of that size has them."""

from __future__ import annotations

import yaml

JOBS_OF_A_PROJECT = 25
# What stands beside the jobs and their permissions: a group and three assignments in the account; in each project two
# service principals with assignment and rule set, and a cluster policy with its permissions.
OF_ACCOUNT, OF_PROJECT, OF_JOB = 4, 8, 2


def jobs_for(resources: int) -> int:
    """Return how many jobs make a contract of so many resources, or the nearest number that one can have."""
    jobs, left = 0, resources - OF_ACCOUNT
    while left > OF_PROJECT:
        here = min(JOBS_OF_A_PROJECT, (left - OF_PROJECT) // OF_JOB)
        jobs += here
        left -= OF_PROJECT + here * OF_JOB
    return jobs


def generate(jobs: int) -> str:
    """Return a contract of one environment with so many jobs, in projects of 25, each with two service principals."""
    projects = {}
    for number in range(-(-jobs // JOBS_OF_A_PROJECT)):
        size = min(JOBS_OF_A_PROJECT, jobs - number * JOBS_OF_A_PROJECT)
        projects[f"project-{number:03d}"] = _project(size)
    return yaml.safe_dump(
        {
            "version": 1,
            "organization": "acme",
            "databricks": {
                "host": "${env:DATABRICKS_ACCOUNT_HOST}",
                "account_id": "${env:DATABRICKS_ACCOUNT_ID}",
                "deployer": "${env:DATABRICKS_CLIENT_ID}",
            },
            "workspaces": {"nonprod": {"host": "${env:ML_NONPROD_HOST}"}},
            "environments": {"dev": {"workspace": "nonprod"}},
            "break_glass": {"group": "emergency"},
            "groups": {
                "engineers": {"external": "00g-engineers"},
                "analysts": {"external": "00g-analysts"},
                "emergency": {"managed": True},
            },
            "roles": {
                "engineer": [{"may": "edit", "kind": "job"}, {"may": "run", "kind": "cluster_policy"}],
                "viewer": [{"may": "view", "kind": "job"}],
            },
            "projects": projects,
        },
        sort_keys=False,
    )


def _project(jobs: int) -> dict[str, object]:
    cluster = {"spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 4}
    return {
        "owner": "engineers",
        "bindings": [
            {"role": "engineer", "to": "engineers", "in": ["dev"]},
            {"role": "viewer", "to": "analysts", "in": ["dev"]},
        ],
        "service_principals": {"trainer": {}, "deployer": {}},
        "cluster_policies": {"standard": {"max_workers": 8, "idle_minutes": 30}},
        "jobs": {
            f"job-{number:03d}": {
                "run_as": "trainer",
                "policy": "standard",
                "schedule": {"quartz_cron_expression": "0 0 2 * * ?", "timezone_id": "UTC"},
                "job_clusters": [{"job_cluster_key": "main", "new_cluster": cluster}],
                "tasks": [
                    {"task_key": "a", "job_cluster_key": "main", "notebook_task": {"notebook_path": "/Shared/a"}},
                    {
                        "task_key": "b",
                        "depends_on": [{"task_key": "a"}],
                        "job_cluster_key": "main",
                        "notebook_task": {"notebook_path": "/Shared/b"},
                    },
                ],
            }
            for number in range(jobs)
        },
    }
