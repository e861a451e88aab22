from databricks.bundles.core import Bundle, Resources, Variable, variables
from databricks.bundles.jobs import Job, NotebookTask, Task
from databricks.bundles.schemas import Schema


@variables
class Variables:
    tables: Variable[list[str]]
    workers: Variable[int]


def load_tables(bundle: Bundle) -> Resources:
    made = Resources()
    for table in bundle.resolve_variable(Variables.tables):
        notebook = NotebookTask(
            notebook_path="./src/load.py",
            base_parameters={"table": table, "on": bundle.target, "address": "${var.address}"},
        )
        task = Task(task_key="load", notebook_task=notebook, max_retries=bundle.resolve_variable(Variables.workers))
        made.add_job(f"load_{table}", Job(name=f"load {table}", tasks=[task]))
    made.add_schema("landing", Schema(name="landing", catalog_name="main"))
    return made
