# `make test` on a fresh machine installs what it needs and passes. `make help` lists the rest.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
MODELS ?= yolox-nano-640x384 nanodet-m-416
INSTALLED := $(VENV)/.installed

.DEFAULT_GOAL := help
.PHONY: help test test-full lint format system bench-counting schemas clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

$(INSTALLED): setup.cfg pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Simpang needs $(PYTHON); set PYTHON=python3.12 or newer if you have that"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check --upgrade pip
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

system: ## install the real servers the tests talk to (Debian; needs root once)
	@sh tests/system-packages.sh

lint: $(INSTALLED) ## ruff and mypy --strict
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(INSTALLED) ## let ruff format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

test: $(INSTALLED) system lint ## everything that must hold before a change lands
	$(BIN)/pytest -m "not full"

test-full: $(INSTALLED) system lint ## the same, with the long tests whole
	$(BIN)/pytest

bench-counting: $(INSTALLED) ## counts beside hand counts on the real clips (MODELS="name name")
	@$(BIN)/simpang model pull $(MODELS) --from $(DATA)/models >/dev/null
	@$(BIN)/python -m bench.counting $(MODELS)

schemas: $(INSTALLED) ## write docs/schemas from the contract
	$(BIN)/python docs/write_schemas.py

clean: ## remove what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
