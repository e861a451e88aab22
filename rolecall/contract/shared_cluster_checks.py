"""Checks on clusters that several people attach to."""

from __future__ import annotations

import re
from collections.abc import Iterator

from pydantic import ValidationError

from rolecall.contract.contract import Contract
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.kinds.cluster import CLUSTER

_REFERENCE = re.compile(r"\{\{\s*secrets/")


def check_shared_clusters(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield secrets in the configuration of clusters.

    https://docs.databricks.com/security/secrets/secrets-spark-conf-env-var.html: the cluster's owner needs READ on the
    scope, which the deployer has on each, and users who may attach read the value without a right on the scope.
    """
    for name, project in contract.projects.items():
        for key, cluster in CLUSTER.objects(project).items():
            at: Path = ("projects", name, "clusters", key)
            for environment in contract.environments_of(cluster):
                try:
                    own = cluster.for_environment(environment)
                except ValidationError:
                    continue
                if any(_REFERENCE.search(text) for text in own.spark_conf.values()):
                    inside = "spark_conf" in cluster.overrides.get(environment, {})
                    path = (*at, "overrides", environment, "spark_conf") if inside else (*at, "spark_conf")
                    what = f"the configuration of cluster {key!r} has a secret, which all who attach to it can read"
                    how = "Read it in the code: `dbutils.secrets.get(scope, key)` uses the rights of who runs the code."
                    yield Problem("secret-on-shared-cluster", places.of(*path), what, how)
                    break
