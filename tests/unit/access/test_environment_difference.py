"""In what two environments differ: the same names compared, with the reasons of both sides."""

from __future__ import annotations

from pathlib import Path

from rolecall.access.environment_difference import EnvironmentDifference, environment_differences
from rolecall.contract import Kind, Verb
from tests.support.contracts import CONTRACT, compiled


def differences(folder: Path, text: str = CONTRACT) -> list[EnvironmentDifference]:
    found = compiled(folder, text)
    return environment_differences(found.compilation.grants, found.access, "dev", "prod")


def test_only_what_differs_is_named_with_its_reason(tmp_path: Path) -> None:
    found = {(one.kind, one.name, one.subject): (one.first.verb, one.second.verb) for one in differences(tmp_path)}
    assert found == {
        (Kind.WORKSPACE, "", "engineers"): (Verb.RUN, None),
        (Kind.JOB, "churn/train", "engineers"): (Verb.EDIT, None),
        (Kind.CLUSTER_POLICY, "churn/small", "engineers"): (Verb.RUN, None),
    }
    job = next(one for one in differences(tmp_path) if one.kind is Kind.JOB)
    assert [reason.role for reason in job.first.reasons] == ["engineer"]
    assert job.first.reasons[0].place is not None
    assert job.second.exists


def test_service_principals_are_the_same_though_each_environment_has_its_own(tmp_path: Path) -> None:
    assert not [one for one in differences(tmp_path) if "trainer" in one.subject]


def test_an_object_that_one_environment_lacks_is_told_as_such(tmp_path: Path) -> None:
    text = CONTRACT.replace("        run_as: trainer\n", "        run_as: trainer\n        in: [dev]\n")
    jobs = [one for one in differences(tmp_path, text) if one.kind is Kind.JOB]
    assert {one.second.exists for one in jobs} == {False}
    assert {one.subject for one in jobs} == {"engineers", "analysts", "emergency", "the deployer"}


def test_equal_environments_have_no_difference(tmp_path: Path) -> None:
    text = CONTRACT.replace("to: engineers, in: [dev]", "to: engineers, in: [dev, prod]")
    text = text.replace("protected: true", "protected: false")
    assert differences(tmp_path, text) == []
