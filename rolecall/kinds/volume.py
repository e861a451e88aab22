"""Volumes: files in a schema, with an access list beside that of the schema."""

from __future__ import annotations

from rolecall.ids.ids import ObjectId
from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, APPLY_TAG, GRANTS, Access
from rolecall.kinds.dataset import VOLUME as FILES
from rolecall.kinds.schema_part import SchemaPart, SchemaPartKind
from rolecall.kinds.spec import HOLDS_CODE, Facts, Owner, Ref, Resource, Steering


class Volume(SchemaPart):
    """A volume: Rolecall makes that of a dataset, and declares the access list of an existing one."""


def _properties(volume: Volume, facts: Facts) -> dict[str, object] | None:
    if volume.dataset is None:
        return None
    return {
        "catalogName": facts.catalog,
        "schemaName": Ref(ObjectId(facts.id.own_environment, Kind.DATASET, facts.project, volume.dataset), "schema"),
        "name": volume.name or facts.id.key,
        "volumeType": "MANAGED",
        "comment": volume.description or f"Volume {facts.id.key} of {facts.project}",
    }


VOLUME = SchemaPartKind[Volume](
    Kind.VOLUME,
    "https://docs.databricks.com/en/volumes/privileges.html",
    "volumes for files that others may reach than the rest of their dataset",
    Volume,
    steers_jobs=Steering(Verb.EDIT, HOLDS_CODE, by_code=True),
    access=Access(GRANTS, "volume", "volume"),
    verbs={Verb.VIEW: "READ_VOLUME", Verb.EDIT: "WRITE_VOLUME", Verb.MANAGE: "MANAGE"},
    without_verb=ALL_PRIVILEGES | APPLY_TAG,
    owner=Owner("field", "owner", "holds every privilege on it, and may grant them and delete it with its files"),
    api=FILES.api,
    resource=Resource(FILES.token, full_name=FILES.full_name, properties=_properties),
    data=FILES.data,
)
