"""The evidence of a report: how it was made, and what it does not cover."""

from __future__ import annotations

from rolecall.contract import LoadedContract
from rolecall.contract.source import Path
from rolecall.parity.report import FindingKind
from rolecall.report.page import Verdict
from rolecall.report.sources import Sources
from rolecall.secrecy import without_secrets

NOT_COMPARED = "Not compared with live: this report shows what the contract gives, and nothing of what the systems have"


def evidence(sources: Sources) -> tuple[tuple[str, str], ...]:
    """Return how the report was made, as names and values."""
    contract, loaded, made = sources.compiled.contract, sources.compiled.loaded, sources.circumstances
    databricks = contract.databricks
    account = _value(loaded, ("databricks", "account_id"), databricks.account_id)
    address = _value(loaded, ("databricks", "host"), databricks.host)
    rows = [
        ("Written", f"{made.written:%Y-%m-%d %H:%M} UTC"),
        ("Day of bindings", sources.day.isoformat()),
        ("Organization", contract.organization),
        ("Databricks account", f"{account} at {address}"),
        ("Identity provider", contract.identity.provider if contract.identity else "none"),
        *(("Workspace", _workspace(loaded, name)) for name in contract.workspaces),
        ("Systems", _systems(sources)),
        ("Environments", _environments(sources)),
        ("Contract", made.contract),
        ("Commit", made.commit),
        ("Run by", made.user),
        ("Signed in as", made.principal or "no principal: no system was read"),
        ("Versions", ", ".join(f"{name} {number}" for name, number in made.versions)),
    ]
    if sources.parity is not None and sources.parity.resources:
        rows.append(("Properties", f"of {sources.parity.resources:,} declared resources compared one by one"))
    return tuple((name, without_secrets(value)) for name, value in rows)


def _systems(sources: Sources) -> str:
    names = ", ".join(one.name for one in sources.concerned)
    if sources.parity is None:
        return f"none was read; the contract has to do with {names}"
    return f"{names}: local emulators of this machine" if sources.circumstances.emulators else f"{names}, read live"


def _environments(sources: Sources) -> str:
    everything = sources.compiled.contract.environments
    left_out = ", ".join(name for name in everything if not sources.includes(name))
    names = ", ".join(name for name in everything if sources.includes(name))
    return f"{names}; not compared and not in the matrix: {left_out}" if left_out else names


def _workspace(loaded: LoadedContract, name: str) -> str:
    contract = loaded.contract
    used = ", ".join(key for key, one in contract.environments.items() if one.workspace == name)
    host = contract.workspaces[name].host
    address = _value(loaded, ("workspaces", name, "host"), host) if host else "made by Rolecall"
    return f"{name} ({used or 'no environment'}): {address}"


def _value(loaded: LoadedContract, path: Path, value: str) -> str:
    """Return a value of the contract; a placeholder of an unset variable is no value."""
    written = loaded.values.written.get(path, "")
    unset = [name for name in loaded.values.unset if f":{name}}}" in written]
    return f"not known ({', '.join(unset)} is not set)" if unset else value


def not_read(sources: Sources) -> tuple[str, ...]:
    """Return every way of access that was not read, with the reason."""
    if sources.parity is None:
        return tuple(
            f"{one.name}: nothing was read (the report was written without --live)" for one in sources.concerned
        )
    report = sources.parity
    failed = [f"{one.name}: {one.failure}" for one in report.systems if one.failure]
    unknown = [f"{one.system}: {one.about}: {one.live}" for one in report.findings if one.kind is FindingKind.UNKNOWN]
    never = [f"{way} (Rolecall does not read it)" for way in report.never_read]
    found = dict.fromkeys([*failed, *unknown, *report.not_read, *never])
    return tuple(map(without_secrets, found))


def verdict(sources: Sources, findings: int) -> Verdict:
    """Return the result; anything that could not be read makes it unknown, never equal.

    Args:
        sources: everything that the report is made from.
        findings: the number of findings.
    """
    counted = f"{findings:,} finding{'' if findings == 1 else 's'}"
    if sources.parity is None:
        remark = f"{counted} in the contract itself. " if findings else ""
        return Verdict("not-compared", NOT_COMPARED, f"{remark}Run `rolecall report --live` to compare.")
    report = sources.parity
    silent = [one.name for one in report.systems if one.failure]
    unknown = sum(one.kind is FindingKind.UNKNOWN for one in report.findings)
    if silent or unknown:
        what = ", ".join(silent) or f"{unknown:,} way{'' if unknown == 1 else 's'} of access"
        return Verdict(
            "unknown", f"Unknown: {what} could not be read whole", f"Nothing is concluded about it. {counted}."
        )
    left = len(report.not_read) + len(report.never_read)
    remark = f"{left:,} ways of access were not compared; they are listed under Evidence." if left else ""
    if findings:
        return Verdict("different", f"No parity: {counted}", remark)
    return Verdict("equal", "Parity: live access equals the contract", remark)
