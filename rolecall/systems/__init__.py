"""One folder for each outside system: everything that is known about it, and nothing about the others."""
