"""What the engines of a run attach to: the program of each stack, policy packs, and providers."""
