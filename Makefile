# Everything that people type. `make` alone prints this help.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info)' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
QUARTER ?= 2023-24-Q1
PORT ?= 3000

export PERF_PIPELINE_HOME ?= $(CURDIR)/.perf-pipeline
export DAGSTER_HOME ?= $(PERF_PIPELINE_HOME)/dagster

.PHONY: help run test check dev docs lock clean

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Variables: QUARTER=$(QUARTER)  PYTHON=$(PYTHON)  PORT=$(PORT)  PERF_PIPELINE_HOME=$(PERF_PIPELINE_HOME)"

run: $(VENV)/.run-ready ## Set up, run the sample quarter into SQLite, print its summary
	@$(BIN)/perf-pipeline run $(QUARTER)

test: $(VENV)/.all-ready ## Set up, run the tests, a real PostgreSQL among them
	@$(BIN)/pytest

check: $(VENV)/.all-ready ## Set up, then lint, types, layers, and that Dagster loads the definitions
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/perf-pipeline prepare
	@$(BIN)/dagster definitions validate -w workspace.yaml
	@$(BIN)/perf-pipeline check-council

dev: $(VENV)/.all-ready ## Set up, then the Dagster UI on http://127.0.0.1:3000
	@$(BIN)/perf-pipeline prepare
	@$(BIN)/dagster dev -w workspace.yaml -h 127.0.0.1 -p $(PORT)

docs: $(VENV)/.all-ready ## Write docs/tables.md anew from the schemas
	@$(BIN)/python docs/make_tables.py

lock: $(VENV)/.uv-ready ## Pin the newest allowed versions into requirements/*.txt
	@$(BIN)/uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --upgrade -o requirements/run.txt
	@$(BIN)/uv pip compile -q pyproject.toml --group build --group ui --group test --group check \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		-c requirements/run.txt -o requirements/all.txt

clean: ## Remove the environment, and what runs have made
	rm -rf $(VENV) $(PERF_PIPELINE_HOME)

$(VENV)/.uv-ready: requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

$(VENV)/.run-ready: requirements/run.txt pyproject.toml $(VENV)/.uv-ready
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/run.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.all-ready: requirements/all.txt $(VENV)/.run-ready
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/all.txt
	@touch $@
