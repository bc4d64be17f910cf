# The door for people. Each target does its own set-up from a fresh clone.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check

.DEFAULT_GOAL := help
.PHONY: help run test hearing bench profile tables chaos mutants editor clients check format lock clean

help:            ## this list
	@grep -hE '^[a-z]+: .*##' $(MAKEFILE_LIST) | sed 's/:.*##/\t/' | expand -t 12

$(VENV)/.run: requirements.lock pyproject.toml
	$(PYTHON) -c 'import sys; sys.exit(0 if sys.version_info >= (3, 11) else "Python 3.11 or newer is needed; try make PYTHON=python3.12 run")'
	@echo 'installing into $(VENV), about half a minute'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.run
	@echo 'installing what the tests need, about half a minute'
	$(PIP) --require-hashes -r requirements-dev.lock
	touch $@

run: $(VENV)/.run            ## start the server (PORT, REDIS_URL, ANTHROPIC_API_KEY, ... from the environment or .env)
	$(BIN)/webhook serve

AJV := .ajv/node_modules/.package-lock.json
$(AJV): tests/ajv/package-lock.json
	@mkdir -p .ajv && cp tests/ajv/package.json tests/ajv/package-lock.json .ajv
	npm ci --silent --ignore-scripts --no-audit --no-fund --prefix .ajv

# The core is measured, but for its long simulations: they cover nothing more, and take three times as long for it.
LONG := tests/interview/test_simulation.py tests/interview/test_alignment.py
CORE := $(filter-out $(LONG),$(wildcard tests/interview/test_*.py tests/interview/*/test_*.py tests/wire/test_*.py))
test: $(VENV)/.dev $(if $(shell command -v npm),$(AJV))           ## the whole test suite
	$(BIN)/coverage erase
	$(BIN)/coverage run -m pytest -n 2 $(CORE)
	$(BIN)/coverage combine --quiet
	$(BIN)/coverage report --skip-covered
	$(BIN)/python -m pytest -n 5 --dist=loadgroup $(CORE:%=--ignore=%)

hearing: $(VENV)/.dev        ## what code takes from the banks of spoken answers, right, nothing or wrong, and how long a reading takes
	$(BIN)/python -m tests.hearing

bench: $(VENV)/.dev          ## what a turn costs and how many calls a worker holds; eight minutes, on a machine that does nothing else
	$(BIN)/python -m tests.bench --json .bench.json --table tests/README.md --summary README.md

profile: $(VENV)/.dev        ## write docs/profile.md: where the CPU of a turn goes
	$(BIN)/python -m tests.bench.profile

tables: $(VENV)/.dev         ## write the tables of the conditions' grammar, for another release of rule-engine
	$(BIN)/python -m tests.grammar_tables

chaos: $(VENV)/.dev          ## the long versions of the fault tests; hours, on a machine that does nothing else
	$(BIN)/python -m pytest -m chaos

mutants: $(VENV)/.dev        ## take out one guard at a time and see the tests turn red; five minutes
	$(BIN)/python -m tests.mutants

EDITOR_SERVER := .editor/node_modules/.bin
$(EDITOR_SERVER)/yaml-language-server:
	npm install --silent --no-save --prefix .editor yaml-language-server@1.25.0

editor: $(VENV)/.dev $(EDITOR_SERVER)/yaml-language-server  ## what an editor says of the flows, by the real language server (needs npm)
	PATH="$(CURDIR)/$(EDITOR_SERVER):$$PATH" $(BIN)/python -m pytest tests/content/test_editor.py

CLIENTS := .clients
$(CLIENTS)/.python: tests/clients/requirements.lock
	@echo 'installing the clients in Python, about two minutes'
	test -x $(CLIENTS)/venv/bin/python || $(PYTHON) -m venv $(CLIENTS)/venv
	$(CLIENTS)/venv/bin/python -m pip install --quiet --disable-pip-version-check --no-compile --require-hashes -r $<
	touch $@

$(CLIENTS)/.node: tests/clients/package.json tests/clients/package-lock.json
	@echo 'installing the clients in JavaScript, about a minute'
	mkdir -p $(CLIENTS)
	cp $^ $(CLIENTS)
	npm ci --silent --ignore-scripts --prefix $(CLIENTS)
	ln -sfn ../tests/clients/drivers $(CLIENTS)/drivers
	touch $@

clients: $(VENV)/.dev $(CLIENTS)/.python $(CLIENTS)/.node  ## whole interviews by real clients, and the table in tests/clients/README.md (needs node and npm); five minutes
	$(BIN)/python -m tests.clients --table tests/clients/README.md

check: $(VENV)/.dev          ## format, lint, types, flows and their tests
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/webhook check
	$(BIN)/webhook test --no-model
	$(BIN)/webhook cover --fail-under 100

format: $(VENV)/.dev         ## let ruff put things in order
	$(BIN)/ruff format
	$(BIN)/ruff check --fix

COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-index-url
lock:            ## renew the hash-locked requirements (needs uv and npm on PATH)
	$(COMPILE) --group build --output-file requirements.lock pyproject.toml
	$(COMPILE) --group build --group dev --output-file requirements-dev.lock pyproject.toml
	$(COMPILE) --output-file tests/clients/requirements.lock tests/clients/requirements.in
	npm install --silent --package-lock-only --omit-lockfile-registry-resolved --ignore-scripts --prefix tests/clients

clean:           ## remove the virtual environment and caches
	rm -rf $(VENV) $(CLIENTS) .ajv .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage
