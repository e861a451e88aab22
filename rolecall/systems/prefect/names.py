"""The names that counterparts have in Prefect, and what Prefect accepts."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.ids.names import NameSyntax, RenderedName
from rolecall.systems.orchestrator_names import Rendering
from rolecall.systems.orchestrator_names import rendered as rendered_in
from rolecall.systems.prefect.counterpart import pool_name, variable_name
from rolecall.systems.prefect.variable_syntax import VARIABLE

# Prefect refuses these in names: https://docs.prefect.io/v3/api-ref/rest-api (deployments, work pools).
NAME = NameSyntax("https://docs.prefect.io/v3/api-ref/rest-api", r"^/%&><", "anything but '/', '%', '&', '>', '<'", 255)


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the names of deployments, their variables, work pools and service accounts."""
    of_jobs = {
        "Prefect deployment": Rendering(str, NAME),
        "Prefect variable": Rendering(variable_name, VARIABLE),
    }
    of_principals = {
        "Prefect work pool": Rendering(pool_name, NAME),
        "Prefect service account": Rendering(str, NAME),
    }
    return rendered_in("prefect", contract, of_jobs, of_principals)
