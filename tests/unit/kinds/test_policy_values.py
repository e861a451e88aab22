"""A job's cluster says itself what its cluster policy would fill in."""

from __future__ import annotations

from typing import Any

import pytest

from rolecall.kinds.job import with_values_of
from rolecall.kinds.policy_values import filled


@pytest.mark.parametrize(
    ("cluster", "definition", "expected"),
    [
        ({}, {"custom_tags.a.b": {"type": "fixed", "value": 1}}, {"custom_tags": {"a.b": "1"}}),
        (
            {"custom_tags": {"mine": "x"}},
            {"custom_tags.team": {"type": "fixed", "value": "a"}},
            {"custom_tags": {"mine": "x", "team": "a"}},
        ),
        (
            {},
            {"spark_conf.spark.x": {"type": "unlimited", "defaultValue": True}},
            {"spark_conf": {"spark.x": "true"}},
        ),
        (
            {"aws_attributes": {"zone_id": "auto"}},
            {"aws_attributes.availability": {"type": "fixed", "value": "SPOT"}},
            {"aws_attributes": {"zone_id": "auto", "availability": "SPOT"}},
        ),
        ({"spark_version": "x"}, {"spark_version": {"type": "unlimited", "defaultValue": "y"}}, {"spark_version": "x"}),
        ({"num_workers": 1}, {"autoscale.max_workers": {"type": "range", "defaultValue": 3}}, {"num_workers": 1}),
        ({}, {"num_workers": {"type": "range", "maxValue": 3}}, {}),
        (
            {"instance_pool_id": "p"},
            {"node_type_id": {"type": "unlimited", "defaultValue": "m5d.large"}},
            {"instance_pool_id": "p"},
        ),
        ({}, {"autotermination_minutes": {"type": "fixed", "value": 20}}, {}),
        ({}, {"cluster_type": {"type": "fixed", "value": "job"}}, {}),
        ({}, {"init_scripts.*.workspace.destination": {"type": "fixed", "value": "/x"}}, {}),
    ],
)
def test_what_is_open_is_filled_in(
    cluster: dict[str, Any], definition: dict[str, Any], expected: dict[str, Any]
) -> None:
    before = repr(cluster)
    assert filled(cluster, definition) == expected
    assert repr(cluster) == before, "settings are shared by all who read them"


def test_every_cluster_of_a_job_is_filled_unless_it_names_a_policy() -> None:
    definition = {"custom_tags.a": {"type": "fixed", "value": "x"}}
    settings = {
        "tasks": [{"for_each_task": {"task": {"new_cluster": {}}}}, {"new_cluster": {"policy_id": "own"}}],
        "job_clusters": [{"new_cluster": {}}],
    }
    assert with_values_of(definition, settings) == {
        "tasks": [
            {"for_each_task": {"task": {"new_cluster": {"custom_tags": {"a": "x"}}}}},
            {"new_cluster": {"policy_id": "own"}},
        ],
        "job_clusters": [{"new_cluster": {"custom_tags": {"a": "x"}}}],
    }
