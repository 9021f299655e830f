# Two commands are the whole set-up: `make demo` and `make test`. `make help` lists the rest.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.installed

# The contract's variables, on the command line or in the environment. Passed on only when set, so
# that the defaults live in one place: settings.py.
ifneq ($(strip $(PORT)),)
export DEALPACE_PORT := $(PORT)
endif
ifneq ($(strip $(TEMPORAL_PORT)),)
export DEALPACE_TEMPORAL_PORT := $(TEMPORAL_PORT)
endif
ifneq ($(strip $(TEMPORAL_UI_PORT)),)
export DEALPACE_TEMPORAL_UI_PORT := $(TEMPORAL_UI_PORT)
endif
ifneq ($(strip $(DATA_DIR)),)
export DEALPACE_DATA_DIR := $(DATA_DIR)
endif

# More for pytest, for instance: make test PYTEST_ARGS="-x tests/deals"
PYTEST_ARGS ?=

# The migration check exists once the ledger and the command line do.
MIGRATION_CHECK ?= $(if $(and $(wildcard ledger/migrate.py),$(wildcard cli.py)),$(BIN)/dealpace migrate --check)

.PHONY: help setup demo up test browser check bench openapi lock clean

help: ## List the commands.
	@echo "Dealpace. Commands:"
	@sed -n 's/^\([a-z]*\):.*## \(.*\)$$/  make \1|\2/p' Makefile | while IFS='|' read -r name what; do printf '%-16s%s\n' "$$name" "$$what"; done
	@echo "Variables of demo and up: PORT, TEMPORAL_PORT, TEMPORAL_UI_PORT, DATA_DIR; of test: PYTEST_ARGS"

setup: $(READY) ## Install what is missing into .venv.

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Dealpace needs Python 3.11 or newer, $(PYTHON) is " + sys.version.split()[0] + ": make PYTHON=python3.11 ...")'
	@echo "Installing into $(VENV) (once) ..."
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

demo: $(READY) ## Start everything with a demo team and demo deals; Ctrl-C stops it.
	@exec $(BIN)/dealpace demo

up: $(READY) ## Start everything without demo data; Ctrl-C stops it.
	@exec $(BIN)/dealpace up

test: $(READY) ## Run every test this machine can run; what it cannot run is named.
	@$(BIN)/python -m pytest $(PYTEST_ARGS)

check: $(READY) ## Format, lint, types, import floors, migrations.
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(MIGRATION_CHECK)

browser: ## Install Chromium and Chinese fonts, for tests of the pages (Debian, as root).
	@command -v chromium > /dev/null || { apt-get update -qq && apt-get install -y -qq chromium fonts-noto-cjk > /dev/null; }

bench: $(READY) ## Measure speed and cost, each figure beside its floor.
	@$(BIN)/python -m benchmarks

openapi: $(READY) ## Write docs/openapi.json from the code.
	@$(BIN)/python -m api.openapi > docs/openapi.json.new
	@mv docs/openapi.json.new docs/openapi.json

# This machine's pip configuration is left out, so that a lock is the same wherever it is made.
PIP_COMPILE = env -u PIP_FIND_LINKS -u PIP_EXTRA_INDEX_URL -u PIP_CONSTRAINT PIP_CONFIG_FILE=/dev/null \
  $(BIN)/pip-compile --quiet --generate-hashes --allow-unsafe --strip-extras --no-header \
  --no-emit-options --no-annotate

lock: $(READY) ## Resolve both locks again; UPGRADE=1 takes newer versions.
	@$(PIP_COMPILE) $(if $(UPGRADE),--upgrade) --extra dev --output-file requirements.lock pyproject.toml
	@$(PIP_COMPILE) $(if $(UPGRADE),--upgrade) --constraint requirements.lock \
	  --output-file requirements-runtime.lock pyproject.toml

clean: ## Remove .venv and caches; data folders stay.
	@rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
