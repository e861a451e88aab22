"""Show the page of a problem or a rule."""

from __future__ import annotations

from difflib import get_close_matches

from rolecall.console.output import SCHEMA_VERSION, Format, PolicyFormat, out, print_document
from rolecall.console.shown import terminal
from rolecall.contract.problem_pages import problem_pages
from rolecall.errors import UsageError


def explained_ids() -> list[str]:
    """Return the ids of all problems and rules."""
    from rolecall.policies.catalogue import PACKS, rules_of

    return sorted({*problem_pages(), *(rule.id for pack in PACKS for rule in rules_of(pack))})


def explain(explained: str, output: Format) -> None:
    """Show the page of an id.

    Raises:
        UsageError: it is the id of no problem and no rule.
    """
    from rolecall.console.policies import explain as explain_rule
    from rolecall.policies.former_ids import current

    page = problem_pages().get(explained)
    if page is None:
        ids = explained_ids()
        if current(explained) in ids:
            explain_rule(explained, PolicyFormat(output))
            return
        near = get_close_matches(explained, ids, cutoff=0.4)
        how = f"Did you mean {', '.join(near)}? " if near else ""
        raise UsageError(
            f"there is no problem and no rule {explained!r}",
            f"{how}docs/problems.md has all problems, `rolecall policy list` all rules.",
        )
    if output is Format.JSON:
        print_document(
            {
                "schema_version": SCHEMA_VERSION,
                "problem": {"id": page.id, "cause": page.cause, "fix": page.fix, "example": page.example},
            }
        )
        return
    out.print(f"[bold]{terminal(page.id)}[/]\n\n{terminal(page.cause)}\n{terminal(page.fix)}")
    if page.example:
        out.print(f"\n    {terminal(page.example)}")
