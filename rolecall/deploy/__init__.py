"""Deploys a contract: works out which slices need a run of the engine, and runs those side by side."""
