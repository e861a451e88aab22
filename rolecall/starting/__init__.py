"""A starting repository: what `rolecall init` writes."""
