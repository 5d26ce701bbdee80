# `make test` on a fresh machine installs what it needs and passes. `make help` lists the rest.
PYTHON ?= python3.11
VENV   ?= .venv
BIN    := $(VENV)/bin
DATA   ?= ../shared/data
MODELS ?= simpang-nano yolox-nano-640x384
MINUTES ?= 15
JOBS   ?= 1
INSTALLED := $(VENV)/.installed
DEMO := $(VENV)/.demo
RIVALS := .rivals
PEER := .peer

.DEFAULT_GOAL := help
.PHONY: help demo preview rivals test test-full lint format system bench-counting bench-edge bench-collector bench-adaptation bench-fleet arm64 bench-twin bench-incidents bench-memory bench-signal schemas clean

help: ## this list
	@grep -hE '^[a-z0-9-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 18

$(INSTALLED): setup.cfg pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Simpang needs $(PYTHON); set PYTHON=python3.12 or newer if you have that"; exit 1; }
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[dev]'
	@touch $@

$(DEMO): setup.cfg pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "Simpang needs $(PYTHON); set PYTHON=python3.12 or newer if you have that"; exit 1; }
	@echo "Memasang Simpang ke $(VENV) (sekali saja, satu sampai tiga menit) / installing Simpang into $(VENV), once: one to three minutes"
	@test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --quiet --disable-pip-version-check -e '.[edge,collector,twin]'
	@touch $@

demo: $(DEMO) ## the whole chain on this machine (VIDEO=path or rtsp://... takes your own camera)
	@$(BIN)/simpang demo $(if $(VIDEO),--video "$(VIDEO)") $(if $(ZONES),--zones "$(ZONES)") $(DEMO_OPTIONS)

preview: $(INSTALLED) ## the console over an invented evening
	$(BIN)/python -m tests.support.console_server --port 8080 --open

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
	$(BIN)/pytest -m "not full" -n 3 --dist loadfile

test-full: $(INSTALLED) system lint ## the same, with the long tests whole
	$(BIN)/pytest -n 3 --dist loadfile

rivals: $(RIVALS)/.installed ## what the benchmarks compare with, in a folder of its own
$(RIVALS)/.installed: bench/rivals.txt $(INSTALLED)
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --upgrade --target $(RIVALS) -r bench/rivals.txt
	@touch $@

bench-counting: $(INSTALLED) rivals ## counts beside hand counts and two rivals (MODELS="name name")
	@$(BIN)/simpang model pull $(filter-out simpang-%,$(MODELS)) --from $(DATA)/models >/dev/null
	@PYTHONPATH=$(RIVALS) $(BIN)/python -m bench.counting $(MODELS)

bench-edge: $(INSTALLED) rivals ## what a unit spends beside inference, and beside rivals
	@$(BIN)/simpang model pull yolox-nano-640x384 --from $(DATA)/models >/dev/null
	@PYTHONPATH=$(RIVALS) $(BIN)/python -m bench.edge yolox-nano-640x384 simpang-nano

bench-collector: $(INSTALLED) system ## the collector beside influxdb-client alone, Node-RED (npm), and under 1,000 units
	@if command -v npm >/dev/null && [ ! -d $(PEER)/node_modules/node-red ]; then \
		npm install --silent --no-audit --no-fund --prefix $(PEER) node-red@4 node-red-contrib-influxdb@0.7; fi
	@$(BIN)/python -m bench.collector --node-red $(PEER)/node_modules

bench-adaptation: $(INSTALLED) ## what adaptation gains on cameras the detector never saw (ten minutes each)
	@OMP_WAIT_POLICY=PASSIVE $(BIN)/python -m bench.adaptation $(DATA)

bench-fleet: $(INSTALLED) system ## bytes a unit and day on the wire, and a thousand units that join at once
	@$(BIN)/python -m bench.fleet

arm64: $(INSTALLED) system ## a card's whole first start on its own processor, under qemu (root; an hour); keeps its log
	@$(BIN)/python -m tests.arm64.first_boot

bench-twin: $(INSTALLED) ## counts, turns and parking beside the twin's exact truth (synthetic; MINUTES=100 JOBS=2)
	@OMP_NUM_THREADS=1 $(BIN)/python -m bench.twin simpang-nano --minutes $(MINUTES) --jobs $(JOBS)

bench-incidents: $(INSTALLED) ## false alarms of the incident rules on real clips
	@$(BIN)/python -m bench.incidents simpang-nano

bench-memory: $(INSTALLED) ## memory of a camera's work over many rounds of a clip
	@$(BIN)/python -m bench.memory simpang-nano

bench-signal: $(INSTALLED) ## delay by control on the SUMO scenarios
	@$(BIN)/python -m bench.signal

schemas: $(INSTALLED) ## write docs/schemas from the contract
	$(BIN)/python docs/write_schemas.py
	$(BIN)/python -m signal_bridge.drivers.modbus_map > docs/modbus-register-map.md

clean: ## remove what was built
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
