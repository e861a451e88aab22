import os

from databricks.bundles.core import Resources


def load():
    made = Resources()
    # Nothing of the environment that Rolecall runs in: no credential, no address.
    left = sorted(name for name in os.environ if name.startswith(("DATABRICKS", "OKTA", "AZURE", "ROLECALL", "ML_")))
    made.add_job(
        "a", {"name": f"sees {left}", "tasks": [{"task_key": "a", "notebook_task": {"notebook_path": "/Shared/a"}}]}
    )
    return made
