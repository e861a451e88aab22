"""Comments on pull requests: one for each, written in place."""
