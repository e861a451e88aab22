"""What a killed run has made is imported below its parent and through its own connection."""

from __future__ import annotations

from rolecall.deploy.recovery import _import_file, held_elsewhere
from rolecall.engine.stack_state import Resource, StackState

PREFIX = "urn:pulumi:dev.churn::rolecall::"
PARENT = f"{PREFIX}rolecall:databricks:Job::churn-train"
PROVIDER = f"{PREFIX}pulumi:providers:databricks::nonprod"


def test_an_import_names_parents_and_connections_once() -> None:
    job = {
        "urn": f"{PREFIX}rolecall:databricks:Job$databricks:index/job:Job::churn-train",
        "type": "databricks:index/job:Job",
        "parent": PARENT,
        "provider": f"{PROVIDER}::04da6b54-80e4-46f7-96ec-b56ff0331ba9",
    }
    plain = {"urn": f"{PREFIX}databricks:index/schema:Schema::churn-models", "type": "databricks:index/schema:Schema"}
    told = _import_file([(job, "7"), ({**job, **plain, "parent": ""}, "acme_dev.churn_models")])
    names = told["nameTable"]
    first, second = told["resources"]
    assert (names[first["parent"]], names[first["provider"]]) == (PARENT, PROVIDER)
    assert (first["name"], first["id"], first["type"]) == ("churn-train", "7", "databricks:index/job:Job")
    assert second["provider"] == first["provider"]
    assert "parent" not in second
    assert len(names) == 2


def test_what_another_stack_holds_is_known_where_its_id_counts() -> None:
    job, schema = "databricks:index/job:Job", "databricks:index/schema:Schema"
    resources = (
        Resource("urn::job", job, "7", {}, {}, "nonprod", custom=True),
        Resource("urn::schema", schema, "acme_dev.churn", {}, {}, "nonprod", custom=True),
        Resource("urn::part", "rolecall:databricks:Job", "", {}, {}, "", custom=False),
    )
    state = StackState("", 3, resources, (), settings={"nonprod": {"host": "https://one"}})
    assert held_elsewhere([state]) == {(job, "https://one"): {"7"}, (schema, ""): {"acme_dev.churn"}}
