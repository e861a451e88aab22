"""Slices: which there are, what each declares, and who would lose something."""
