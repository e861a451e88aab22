"""The contract: models of the YAML, one noun a file, and the loader."""

from rolecall.contract.contract import Contract
from rolecall.contract.loader import LoadedContract, load_contract
from rolecall.contract.schema import json_schema
from rolecall.ids.verbs import Kind, Verb

__all__ = ["Contract", "Kind", "LoadedContract", "Verb", "json_schema", "load_contract"]
