"""A contract that takes a bundle, and the jobs that come of it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rolecall.contract import load_contract
from rolecall.contract.loader import LoadedContract
from rolecall.kinds.job import settings_in
from tests.support.contracts import HEAD, VARIABLES, write

CONTRACT = f"""{HEAD}
projects:
  shop:
    owner: engineers
    bindings: [{{role: engineer, to: engineers, in: [dev]}}]
    service_principals: {{runner: {{}}}}
    warehouses: {{reports: {{size: 2X-Small, idle_minutes: 10}}}}
    bundles: [{{path: bundle/databricks.yml, run_as: runner}}]
"""


def taken(bundle: Path, folder: Path, contract: str = CONTRACT) -> LoadedContract:
    """Return a contract with all jobs of a bundle.

    Args:
        bundle: the bundle's folder.
        folder: where the contract and a copy of the bundle are written.
        contract: the contract's text.
    """
    shutil.copytree(bundle, folder / "bundle", ignore=shutil.ignore_patterns("expected.json", "__pycache__"))
    return load_contract(write(folder, contract), VARIABLES)


def settings(loaded: LoadedContract) -> dict[str, dict[str, Any]]:
    """Return what each environment has of each job of the project `shop`, in the form of the Jobs API."""
    jobs = loaded.contract.projects["shop"].jobs
    return {
        name: {key: settings_in(job, name) for key, job in sorted(jobs.items()) if job.is_in(name)}
        for name in loaded.contract.environments
    }
