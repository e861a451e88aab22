"""Which stacks need a run, and what a killed one has left."""
