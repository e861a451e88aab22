from databricks.bundles.jobs import Job

nightly = Job.from_dict(
    {
        "name": "nightly",
        "trigger": {"periodic": {"interval": 1, "unit": "DAYS"}},
        "parameters": [{"name": "schema", "default": "${var.schema}"}],
        "tasks": [
            {
                "task_key": "notebook",
                "notebook_task": {"notebook_path": "src/nightly.ipynb"},
                "environment_key": "default",
            },
            {
                "task_key": "wheel",
                "depends_on": [{"task_key": "notebook"}],
                "python_wheel_task": {"package_name": "shop", "entry_point": "main", "parameters": ["${var.schema}"]},
                "environment_key": "default",
            },
        ],
        "environments": [
            {"environment_key": "default", "spec": {"environment_version": "3", "dependencies": ["dist/shop.whl"]}}
        ],
    }
)
