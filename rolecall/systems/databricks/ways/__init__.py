"""Ways of granting access that the contract does not declare, each read through its Databricks API."""
