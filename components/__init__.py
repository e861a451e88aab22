"""Pulumi components: what Rolecall declares, one noun a file."""
