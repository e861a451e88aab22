"""Tags that the cloud of a workspace would refuse, and Databricks with it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rolecall.contract.clouds import TAG_KEYS, TAG_VALUES, cloud_of
from rolecall.contract.contract import Contract
from rolecall.contract.objects import objects_of
from rolecall.contract.source import Path, Places
from rolecall.errors import Problem
from rolecall.ids.project_object import ProjectObject
from rolecall.kinds.clouds import Cloud
from rolecall.kinds.cluster_policy import ClusterPolicy
from rolecall.kinds.job import JobBase, settings_in
from rolecall.kinds.registry import KINDS, SECTIONS

# https://docs.databricks.com/en/admin/account-settings/usage-detail-tags.html
TAGGED_IN_CLOUD = tuple(kind.name for kind in KINDS if kind.tagged_in_cloud)
# Tags that Rolecall sets, whatever a contract writes under them.
OWN_TAGS = frozenset({"environment", "job", "managed-by", "owner", "project"})
CLOUD_NAMES: Mapping[Cloud, str] = {"aws": "AWS", "azure": "Azure", "gcp": "Google Cloud"}


def check_tags(contract: Contract, places: Places) -> Iterator[Problem]:
    """Yield a problem for each written tag that the cloud of an environment refuses; each tag is reported once."""
    seen: set[Path] = set()
    for path, cloud, tags in _written(contract):
        for key, value in tags.items():
            at = (*path, key)
            if at in seen:
                continue
            for noun, text, syntax in (("key", key, TAG_KEYS[cloud]), ("value", value, TAG_VALUES[cloud])):
                if not syntax.accepts(str(text)):
                    seen.add(at)
                    what = f"the {noun} of tag {key!r} is {str(text)!r}, which {CLOUD_NAMES[cloud]} refuses in a tag"
                    how = f"Allowed: {syntax.letters}; at most {syntax.length} characters."
                    yield Problem("tag-not-allowed", places.of(*at), what, how)
                    break
            if at not in seen and (own := _other_case(key)):
                seen.add(at)
                what = f"the key of tag {key!r} differs from Rolecall's own tag {own!r} by its capitals only"
                how = "Take it out, or choose another key: Azure does not tell them apart, and nor do people."
                yield Problem("tag-not-allowed", places.of(*at), what, how)


def _other_case(key: str) -> str | None:
    """Return the tag of Rolecall's that a key is, apart from capitals."""
    return key.casefold() if key != key.casefold() and key.casefold() in OWN_TAGS else None


def _written(contract: Contract) -> Iterator[tuple[Path, Cloud, Mapping[str, str]]]:
    """Yield the tags that the contract writes, with the cloud of an environment that gets them."""
    for environment, stage in contract.environments.items():
        if stage.workspace not in contract.workspaces:
            continue
        cloud = cloud_of(contract.workspaces[stage.workspace])
        for name, project in contract.projects.items():
            yield ("projects", name, "tags"), cloud, project.tags
        for kind in TAGGED_IN_CLOUD:
            for one in objects_of(contract, environment, kind):
                path: Path = ("projects", one.project, SECTIONS[kind], one.key, "tags")
                if isinstance(one.value, JobBase):
                    settings = settings_in(one.value, environment)
                    yield path, cloud, settings.get("tags") or {}
                    for section in ("job_clusters", "tasks"):
                        for index, holder in enumerate(settings.get(section) or []):
                            tags = (holder.get("new_cluster") or {}).get("custom_tags") or {}
                            yield (*path[:-1], section, index, "new_cluster", "custom_tags"), cloud, tags
                elif isinstance(one.value, ProjectObject):
                    yield path, cloud, one.value.tags
                if isinstance(one.value, ClusterPolicy):
                    named = (name.partition("custom_tags.") for name in one.value.definition)
                    tags = {tag: "" for before, _, tag in named if tag and not before}
                    yield (*path[:-1], "definition"), cloud, tags
