"""The component package refuses wrong inputs before it declares anything, and offers kinds that have an access list."""

from __future__ import annotations

import asyncio
from typing import Any

import pulumi
import pytest

from rolecall.components.package import DECLARED, LISTED, AccessList, Object
from rolecall.ids.verbs import Kind

RIGHT: dict[str, Any] = {
    "kind": "warehouse",
    "environment": "prod",
    "project": "reports",
    "key": "daily",
    "settings": {"size": "Small"},
    "holders": [{"verb": "run", "group": "analysts"}],
}
WRONG: dict[str, tuple[dict[str, Any], str]] = {
    "kind": ({"kind": "wharehouse"}, "`kind` is 'wharehouse'. Allowed: "),
    "a kind without lists": ({"kind": "workspace"}, "`kind` is 'workspace'. Allowed: "),
    "verb": ({"holders": [{"verb": "edit", "group": "a"}]}, "`holders[0].verb` is 'edit'. Allowed on a SQL warehouse"),
    "owner": ({"holders": [{"verb": "own", "group": "a"}]}, "Databricks does not allow a group to own a SQL warehouse"),
    "nobody": ({"holders": [{"verb": "run"}]}, "`holders[0]` names one of `group` and `servicePrincipal`"),
    "both": ({"holders": [{"verb": "run", "group": "a", "service_principal": "b"}]}, "names one of"),
    "twice": ({"holders": [{"verb": "run", "group": "a"}, {"verb": "view", "group": "a"}]}, "`holders[1]` names 'a'"),
    "settings": ({"settings": {"size": "Tiny"}}, "`settings.size`"),
    "unknown setting": ({"settings": {"sizes": 3}}, "`settings.sizes`"),
    "no catalog": ({"kind": "dataset", "settings": {}, "holders": []}, "`catalog` is missing"),
    "no identity": ({"kind": "storage_credential", "settings": {}, "holders": []}, "has no identity on aws"),
    "another object": (
        {"kind": "external_location", "settings": {"url": "s3://a/b", "reached_with": "lake"}, "holders": []},
        "storage credential reports/lake in prod is not declared here",
    ),
    "cloud": ({"cloud": "oracle"}, "`cloud` is 'oracle'. Allowed: aws, azure, gcp."),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_input_is_refused(case: str) -> None:
    change, message = WRONG[case]
    with pytest.raises(pulumi.RunError) as caught:
        Object("daily", {**RIGHT, **change})  # type: ignore[typeddict-item]  # that is the point
    assert message in str(caught.value)


def test_an_output_cannot_decide_what_is_declared() -> None:
    async def trial() -> None:
        with pytest.raises(pulumi.RunError, match="`kind` is an output"):
            AccessList("daily", {"kind": pulumi.Output.from_input("job"), "object": "1", "holders": []})

    asyncio.run(trial())


def test_the_kinds() -> None:
    listed, declared = ({kind.name for kind in kinds} for kinds in (LISTED, DECLARED))
    assert declared < listed
    assert {Kind.JOB, Kind.DATASET, Kind.SECRET_SCOPE} <= declared
    assert Kind.CATALOG in listed
    assert not {Kind.WORKSPACE, Kind.SERVICE_PRINCIPAL, Kind.AUDIT} & listed
