"""Catalogs of Unity Catalog: an environment has one, for its data and models."""

from __future__ import annotations

from typing import Any

from rolecall.ids.verbs import Kind, Verb
from rolecall.kinds.access import ALL_PRIVILEGES, GRANTS, Access
from rolecall.kinds.api import Api
from rolecall.kinds.spec import Data, KindSpec, Owner, Resource, Scope

CATALOG = KindSpec[Any](
    Kind.CATALOG,
    "https://docs.databricks.com/en/data-governance/unity-catalog/manage-privileges/privileges.html",
    one_for_each="catalog",
    scope=Scope.METASTORE,
    access=Access(GRANTS, "catalog", "catalog"),
    verbs={Verb.RUN: "USE_CATALOG USE_SCHEMA", Verb.MANAGE: "CREATE_SCHEMA MANAGE"},
    without_verb={
        "BROWSE": "it shows what is in the catalog to people who may use none of it",
        **ALL_PRIVILEGES,
    },
    owner=Owner("field", "owner", "holds every privilege on it and on everything in it, and may grant them"),
    api=Api(find="/api/2.1/unity-catalog/catalogs/{name}", id="name"),
    resource=Resource("databricks:index/catalog:Catalog", full_name=("name",)),
    data=Data("schemas with all data in them", ("name",)),
)
