# Two commands do everything on a machine with git, make and Python 3.11:
#   make demo   see Rolecall do its whole job on local emulators
#   make test   run every test
# Both install what is missing, once: Python packages into .venv, the Pulumi engine into a cache outside this folder.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# Processes that run tests side by side: two more than there are processors, as tests also wait, for retries and for
# systems that are slow on purpose. Each takes about a gigabyte of memory.
WORKERS ?= $(shell $(PYTHON) -c 'import os; print(max(3, min(8, 2 + (os.cpu_count() or 1))))')
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help setup toolchain wheel demo test unit lint types imports generate benchmark lock clean

help:  ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

$(INSTALLED): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Rolecall needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Name another one: make PYTHON=python3.12 …")'
	@echo "  installing Python packages into $(VENV) …"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

setup: $(INSTALLED)  ## Install the Python packages

toolchain: $(INSTALLED)  ## Get or build the Pulumi engine and its plugins (WITH=kubernetes: an API server too)
	@$(BIN)/rolecall doctor --install --quiet $(addprefix --with ,$(WITH))

wheel: $(INSTALLED)  ## Make the wheel of the toolchain for this platform, in dist
	@$(BIN)/python scripts/toolchain_wheel.py dist

demo: toolchain  ## See Rolecall do its whole job on local emulators (IDP=entra: with Entra ID; WITH=kubernetes: with services)
	@IDP=$(or $(IDP),okta) $(BIN)/rolecall demo $(addprefix --with ,$(WITH))

test: toolchain  ## Run every test (WITH=kubernetes: build an API server first, and test against it)
	@$(BIN)/python -m pytest -n $(WORKERS) tests

unit: $(INSTALLED)  ## Run the tests that need no Pulumi engine
	@$(BIN)/python -m pytest -n $(WORKERS) tests --ignore tests/integration

lint: $(INSTALLED)  ## Check style and format
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(INSTALLED)  ## Check types
	@$(BIN)/mypy
	@$(BIN)/mypy stacks/__main__.py
	@$(BIN)/mypy policies/guardrails/__main__.py

imports: $(INSTALLED)  ## Check which package may import which
	@$(BIN)/lint-imports

generate: $(INSTALLED)  ## Write the generated tables and documents anew
	@$(BIN)/python -m tests.generators

benchmark: toolchain  ## Measure against Terraform at 120 and 1,020 resources, alone at 10,200
	@$(BIN)/python -m tests.benchmarks

lock: $(INSTALLED)  ## Pin all Python packages anew (needs uv)
	@uv pip compile --quiet pyproject.toml --extra development --universal --python-version 3.11 --generate-hashes \
	  --no-header --no-annotate --no-emit-index-url --upgrade -o requirements.lock
	@printf 'grpcio\nprotobuf\npulumi\nsetuptools\n' | uv pip compile --quiet - -c requirements.lock --universal \
	  --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url \
	  -o toolchain/language_host/requirements.lock

clean:  ## Stop the emulators and remove everything that was made in this folder
	@test ! -x $(BIN)/rolecall || $(BIN)/rolecall local down --quiet || true
	@rm -rf $(VENV) .rolecall dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	@git clean -fdqX -- stacks components policies rolecall toolchain tests
