"""Policy packs and their rules. A rule is a pure function in a file of its own in `rules`."""
