# Everything that people type. `make` alone prints this help.
SHELL := /bin/bash
.DEFAULT_GOAL := help

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	command -v $$p >/dev/null && $$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info)' 2>/dev/null && { echo $$p; break; }; done)
VENV := .venv
BIN := $(VENV)/bin
# What the benchmarks compare with has an environment of its own: it would move the pins of ours.
BENCH_VENV := .venv-bench
QUARTER ?= 2023-24-Q1
PORT ?= 3000
# Processes that the tests are spread over, a file of tests to each in turn.
WORKERS ?= auto
# In the order of their names, which ends with the many short files of unit/. By itself pytest-xdist
# begins with the files that hold most tests: those of few long tests would come last, one alone.
SPREAD := -n $(WORKERS) --dist loadfile --no-loadscope-reorder
# Seconds that `make fuzz` gives each reader.
FUZZ_SECONDS ?= 60
ODBC_PACKAGES := unixodbc odbc-postgresql libsqliteodbc
# Tests in a browser and of what stands in deploy/: they start servers as production does.
# Those of office open what we write in LibreOffice.
SERVER_TESTS := perf_pipeline_tests/integration/deployment perf_pipeline_tests/browser perf_pipeline_tests/office
SERVER_PACKAGES := nginx-light openssl systemd chromium fonts-dejavu-core libreoffice-calc-nogui

export PERF_PIPELINE_HOME ?= $(CURDIR)/.perf-pipeline
export DAGSTER_HOME ?= $(PERF_PIPELINE_HOME)/dagster

.PHONY: help run test test-servers fuzz server-tools check dev docs bench release-baseline lock clean odbc-drivers sqlite-shell

help: ## Print this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  Variables: QUARTER=$(QUARTER)  PYTHON=$(PYTHON)  PORT=$(PORT)  WORKERS=$(WORKERS)  PERF_PIPELINE_HOME=$(PERF_PIPELINE_HOME)"

run: $(VENV)/.run-ready ## Set up, run the sample quarter into SQLite, print its summary
	@$(BIN)/perf-pipeline run $(QUARTER)

test: odbc-drivers $(VENV)/.all-ready ## Set up, run the tests, a real PostgreSQL among them
	@$(BIN)/pytest $(SPREAD) $(addprefix --ignore=,$(SERVER_TESTS))

test-servers: odbc-drivers $(VENV)/.all-ready ## Set up, run the tests in a browser, of deploy/ and in LibreOffice
	@export PATH="$$PATH:/usr/sbin"; for each in nginx openssl systemd-analyze chromium soffice; do \
		command -v $$each >/dev/null || { \
			echo "These tests need $$each. On Debian: make server-tools (as root) installs $(SERVER_PACKAGES)."; \
			exit 1; }; done
	@$(BIN)/pytest $(SPREAD) $(SERVER_TESTS)

# What is found is kept in crashes/, where the tests try it again; what was tried, in the home.
fuzz: $(VENV)/.fuzz-ready ## Set up, feed the parsers what no person writes, FUZZ_SECONDS each
	@for reader in cells csv; do \
		tried=$(PERF_PIPELINE_HOME)/fuzz/$$reader; from=perf_pipeline_tests/fuzzing; \
		mkdir -p $$tried $$from/crashes/$$reader; \
		PYTHONPATH=$(CURDIR) $(BIN)/python $$from/fuzz_$$reader.py -max_total_time=$(FUZZ_SECONDS) -timeout=10 \
			-artifact_prefix=$$from/crashes/$$reader/ $$tried $$from/seeds/$$reader $$from/crashes/$$reader \
			|| exit 1; \
	done

# Not a part of test-servers: on a machine of one's own Debian starts the nginx that it installs.
server-tools: ## Install what test-servers needs, on Debian, as root
	@apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -qqy --no-install-recommends $(SERVER_PACKAGES) >/dev/null

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

docs: $(VENV)/.all-ready ## Write docs/tables.md and docs/contract.odcs.yaml anew from the schemas
	@$(BIN)/python docs/make_tables.py

bench: sqlite-shell $(VENV)/.all-ready $(BENCH_VENV)/.ready ## Time and memory beside peers, into benchmarks/RESULTS.md; ARGS=--full for 10M rows
	@$(BIN)/python -m benchmarks $(ARGS)

release-baseline: $(VENV)/.all-ready ## With a release: promise readers the columns that there are now
	@$(BIN)/python docs/make_tables.py --release-baseline

lock: $(VENV)/.uv-ready ## Pin the newest allowed versions into requirements/*.txt
	@$(BIN)/uv pip compile -q pyproject.toml --group build --universal --python-version 3.11 \
		--generate-hashes --no-emit-index-url --upgrade -o requirements/run.txt
	@$(BIN)/uv pip compile -q pyproject.toml --group build --group ui --group production \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade --no-strip-extras \
		-c requirements/run.txt -o requirements/production.txt
	@$(BIN)/uv pip compile -q pyproject.toml --group build --group ui --group production --group test --group check \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		-c requirements/production.txt -o requirements/all.txt
	@$(BIN)/uv pip compile -q --group fuzz \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		-c requirements/all.txt -o requirements/fuzz.txt
	@$(BIN)/uv pip compile -q --group bench \
		--universal --python-version 3.11 --generate-hashes --no-emit-index-url --upgrade \
		-o requirements/bench.txt

# The tests read the warehouse as BI tools do. What they read through is no Python package.
odbc-drivers:
	@is_ready() { test "$$(odbcinst -q -d 2>/dev/null | grep -c -x -F -e '[PostgreSQL Unicode]' -e '[SQLite3]')" = 2; }; \
	is_ready && exit 0; \
	test "$$(id -u)" = 0 || as_root='sudo -n'; \
	echo "Installing ODBC drivers for the tests: $(ODBC_PACKAGES)"; \
	command -v apt-get >/dev/null && $$as_root apt-get update -qq && \
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qqy $(ODBC_PACKAGES) >/dev/null; \
	is_ready || { \
		echo "The tests need two ODBC drivers, which could not be installed. On Debian and Ubuntu:"; \
		echo "    sudo apt-get update && sudo apt-get install $(ODBC_PACKAGES)"; \
		echo "Elsewhere: unixODBC with psqlODBC as [PostgreSQL Unicode] and the SQLite driver as [SQLite3]."; \
		exit 1; }

# What loading into SQLite is compared with; the rest is compared without it.
sqlite-shell:
	@command -v sqlite3 >/dev/null && exit 0; \
	test "$$(id -u)" = 0 || as_root='sudo -n'; \
	command -v apt-get >/dev/null && $$as_root apt-get update -qq && \
		$$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -qqy sqlite3 >/dev/null; \
	command -v sqlite3 >/dev/null || echo "Without sqlite3 there is no .import to compare with: sudo apt-get install sqlite3"

clean: ## Remove the environment, and what runs have made
	rm -rf $(VENV) $(BENCH_VENV) $(PERF_PIPELINE_HOME)

$(VENV)/.uv-ready: requirements/uv.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or newer is needed: install it, or say make PYTHON=..."; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# Compiled once: where PYTHONDONTWRITEBYTECODE is set every process would compile Dagster for seconds,
# and the tests start hundreds. uv compiles what it installs, and nothing that was there before.
$(VENV)/.run-ready: requirements/run.txt pyproject.toml $(VENV)/.uv-ready
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/run.txt
	@$(BIN)/uv pip install -q --python $(BIN)/python --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q perf_pipeline
	@touch $@

$(VENV)/.all-ready: requirements/all.txt $(VENV)/.run-ready
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r requirements/all.txt
	@$(BIN)/python -m compileall -q perf_pipeline perf_pipeline_tests
	@touch $@

$(VENV)/.fuzz-ready: requirements/fuzz.txt $(VENV)/.all-ready
	@$(BIN)/uv pip install -q --python $(BIN)/python --require-hashes -r requirements/fuzz.txt
	@touch $@

$(BENCH_VENV)/.ready: requirements/bench.txt $(VENV)/.uv-ready
	@test -x $(BENCH_VENV)/bin/python || $(PYTHON) -m venv $(BENCH_VENV)
	@$(BIN)/uv pip install -q --python $(BENCH_VENV)/bin/python --require-hashes --compile-bytecode -r requirements/bench.txt
	@touch $@
