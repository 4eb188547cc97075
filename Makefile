# Everything a fresh machine needs: `make demo` and `make test` set up what they use.

PYTHON ?= python3
JOBS ?= 2
OUT ?= out

VENV := .venv
BIN := $(VENV)/bin
# Bytecode is compiled when a module is first imported: installing takes half the time.
PIP_INSTALL := $(BIN)/python -m pip install --quiet --no-compile -c constraints.txt
RUNTIME := $(VENV)/.installed
DEV := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo serve test check format bench pins clean

help:  ## Show this list
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

$(BIN)/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; \
	sys.exit(0 if (3, 11) <= v < (3, 14) else "Python 3.11, 3.12 or 3.13 is needed, this is %d.%d: make PYTHON=python3.12" % v[:2])'
	$(PYTHON) -m venv $(VENV)

$(RUNTIME): pyproject.toml constraints.txt | $(BIN)/python
	$(PIP_INSTALL) -e .
	@touch $@

$(DEV): pyproject.toml constraints.txt | $(RUNTIME)
	$(PIP_INSTALL) -e '.[dev]'
	@touch $@

demo: $(RUNTIME)  ## Run the embedded scenario and write its report to out/demo
	$(BIN)/creneau demo --out $(OUT)/demo

serve: $(RUNTIME)  ## Start the HTTP API on this machine's loopback address
	$(BIN)/creneau serve

test: $(DEV)  ## Run the tests
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

check: $(DEV)  ## Lint, formatting, types, import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: $(DEV)  ## Put the code in the house format
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: $(DEV)  ## Seconds and peak memory of every benchmark case
	$(BIN)/python -m benchmarks

pins:  ## Write constraints.txt anew from the newest versions that fit pyproject.toml
	rm -rf $(OUT)/pins
	$(PYTHON) -m venv $(OUT)/pins
	$(OUT)/pins/bin/python -m pip install --quiet --no-compile hatchling -e '.[dev]'
	{ grep '^#' constraints.txt; $(OUT)/pins/bin/python -m pip freeze --exclude-editable; } > $(OUT)/pins.txt
	mv $(OUT)/pins.txt constraints.txt
	rm -rf $(OUT)/pins

clean:  ## Remove results and caches, not the environment
	rm -rf $(OUT) build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
	find . -path ./$(VENV) -prune -o -name __pycache__ -type d -exec rm -rf {} +
