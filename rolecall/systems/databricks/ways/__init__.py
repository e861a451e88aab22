"""Ways of giving access that the contract does not declare, each read where Databricks keeps it."""
