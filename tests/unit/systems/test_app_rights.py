"""Rights of an app's principal through the app's resources."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.access.graph.nodes import Right
from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.systems.databricks.ways.apps import rights_of_app, steps_of_app
from rolecall.systems.databricks.ways.identities import Identities

SCHEMA = "acme.churn_scores"
DATASET = ObjectId("dev", Kind.DATASET, "churn", "scores")
KNOWN = Identities({}, {}, frozenset(), frozenset({SCHEMA}), "", objects={SCHEMA: DATASET})


def target(kind: Kind) -> ObjectId:
    return ObjectId("dev", kind, "churn", "x")


OWN = {
    ("warehouse", "w1"): target(Kind.WAREHOUSE),
    ("job", "7"): target(Kind.JOB),
    ("secret_scope", "keys"): target(Kind.SECRET_SCOPE),
    ("serving_endpoint", "score"): target(Kind.SERVING_ENDPOINT),
    ("experiment", "3"): target(Kind.EXPERIMENT),
    ("database_instance", "online"): target(Kind.DATABASE_INSTANCE),
    ("app", "desk"): target(Kind.APP),
}


@pytest.mark.parametrize(
    ("resource", "kind", "verb"),
    [
        ({"sql_warehouse": {"id": "w1", "permission": "CAN_USE"}}, Kind.WAREHOUSE, Verb.RUN),
        ({"job": {"id": "7", "permission": "CAN_MANAGE_RUN"}}, Kind.JOB, Verb.RUN),
        ({"job": {"id": "7", "permission": "CAN_MANAGE"}}, Kind.JOB, Verb.EDIT),
        ({"secret": {"scope": "keys", "key": "k", "permission": "READ"}}, Kind.SECRET_SCOPE, Verb.VIEW),
        ({"secret": {"scope": "keys", "key": "k", "permission": "WRITE"}}, Kind.SECRET_SCOPE, Verb.EDIT),
        ({"serving_endpoint": {"name": "score", "permission": "CAN_QUERY"}}, Kind.SERVING_ENDPOINT, Verb.RUN),
        ({"experiment": {"experiment_id": "3", "permission": "CAN_EDIT"}}, Kind.EXPERIMENT, Verb.EDIT),
        ({"app": {"name": "desk"}}, Kind.APP, Verb.RUN),
    ],
)
def test_a_resource_is_a_right_on_the_object(resource: dict[str, Any], kind: Kind, verb: Verb) -> None:
    (found,) = rights_of_app({"resources": [{"name": "r", **resource}]}, KNOWN, OWN)
    assert found.right == Right(target(kind), verb.value)
    (step,) = steps_of_app(Right(target(Kind.APP), "run"), [found])
    assert step.target == found.right


@pytest.mark.parametrize(
    ("permission", "verb"), [("SELECT", Verb.VIEW), ("MODIFY", Verb.EDIT), ("WRITE_VOLUME", Verb.EDIT)]
)
def test_data_below_a_schema_is_a_right_on_its_dataset(permission: str, verb: Verb) -> None:
    securable = {"securable_full_name": f"{SCHEMA}.latest", "securable_type": "TABLE", "permission": permission}
    (found,) = rights_of_app({"resources": [{"name": "r", "uc_securable": securable}]}, KNOWN, OWN)
    assert found.right == Right(DATASET, verb.value)


def test_a_word_of_later_releases_counts_as_the_highest_right() -> None:
    resource = {"name": "r", "sql_warehouse": {"id": "w1", "permission": "CAN_DO_MORE"}}
    (found,) = rights_of_app({"resources": [resource]}, KNOWN, OWN)
    assert found.right == Right(target(Kind.WAREHOUSE), Verb.MANAGE.value)


def test_resources_of_others_are_no_rights_on_the_contract() -> None:
    resources = [{"name": "a", "job": {"id": "8", "permission": "CAN_MANAGE"}}, {"name": "b", "genie_space": {}}]
    assert rights_of_app({"resources": resources}, KNOWN, OWN) == []
