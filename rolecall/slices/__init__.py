"""Slices: the many small stacks that a contract is deployed as, and what each of them declares."""
