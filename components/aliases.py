"""Names that resources had in older states: the engine takes such a resource for the same one."""

from __future__ import annotations

from collections.abc import Iterable

from pulumi import Alias, ResourceOptions


def formerly(names: Iterable[str], opts: ResourceOptions | None = None) -> ResourceOptions:
    """Return options that let a resource be found under former names: https://www.pulumi.com/docs/iac/concepts/options/aliases/.

    Args:
        names: the former names; parents' former names are taken into account by the engine.
        opts: the resource's other options.
    """
    aliases = ResourceOptions(aliases=[Alias(name=name) for name in dict.fromkeys(names)])
    return ResourceOptions.merge(opts, aliases)
