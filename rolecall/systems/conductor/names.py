"""The names that counterparts have in Conductor, and what Conductor accepts."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.ids.names import NameSyntax, RenderedName
from rolecall.systems.conductor.counterpart import task_name
from rolecall.systems.orchestrator_names import Rendering
from rolecall.systems.orchestrator_names import rendered as rendered_in

# Workflows and kinds of tasks are stored by name: https://conductor-oss.github.io/conductor/documentation/configuration/workflowdef/
_DEFINITIONS = "https://conductor-oss.github.io/conductor/documentation/configuration/workflowdef/index.html"
DEFINITION = NameSyntax(_DEFINITIONS, r"^:", "anything but ':'", 255, folds_case=False)
APPLICATION = NameSyntax("https://orkes.io/content/access-control-and-security/applications")


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the names of workflows, kinds of tasks and applications."""
    of_jobs = {"Conductor workflow": Rendering(str, DEFINITION)}
    of_principals = {
        "Conductor task": Rendering(task_name, DEFINITION),
        "Conductor application": Rendering(str, APPLICATION),
    }
    return rendered_in("conductor", contract, of_jobs, of_principals)
