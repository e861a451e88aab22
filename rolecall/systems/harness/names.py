"""The names that counterparts have in Harness, and what Harness accepts."""

from __future__ import annotations

from collections.abc import Iterator

from rolecall.contract.contract import Contract
from rolecall.ids.names import NameSyntax, RenderedName
from rolecall.systems.harness.identifiers import identifier
from rolecall.systems.orchestrator_names import Rendering
from rolecall.systems.orchestrator_names import rendered as rendered_in

IDENTIFIER = NameSyntax(
    "https://developer.harness.io/docs/platform/references/entity-identifier-reference",
    "0-9a-zA-Z_",
    "letters, digits and '_'",
    128,
    folds_case=False,
)


def rendered(contract: Contract) -> Iterator[RenderedName]:
    """Yield the identifiers of pipelines and service accounts."""
    of_jobs = {"Harness pipeline": Rendering(identifier, IDENTIFIER)}
    # Their addresses are written in small letters, and are unique.
    account = NameSyntax(IDENTIFIER.source, IDENTIFIER.allowed, IDENTIFIER.letters, IDENTIFIER.length)
    return rendered_in("harness", contract, of_jobs, {"Harness service account": Rendering(identifier, account)})
