"""The Databricks emulator: an account and its workspaces, each on an address of its own."""
