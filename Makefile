# Two commands matter: `make run` starts the service, `make test` runs the tests.
# Both set up everything they need in .venv; neither needs more than Python 3.11+.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests run in four processes: many wait for a server or a deadline, and on two processors four of
# them took 104 s where one took 217 s.
WORKERS ?= 4
# Tests of one xdist_group share what they prepare, so they go to one process.
PARALLEL = -n $(WORKERS) --dist loadgroup

.PHONY: run test lint eval faults fuzz bench clean

run: $(VENV)/installed
	@$(BIN)/aggregator run

test: $(VENV)/installed-dev lint
	$(BIN)/python -m pytest $(PARALLEL)

# Measures quality over labelled material, and fails where a floor is not reached.
eval: $(VENV)/installed-dev
	$(BIN)/python -m evaluation.pages
	$(BIN)/python -m evaluation.stories

# Kills a pass at every single step; `make test` kills it at a sample of them.
faults: $(VENV)/installed-dev
	KILL_EVERY=1 $(BIN)/python -m pytest tests/test_killed.py

# Ten minutes of coverage-guided fuzzing of everything that reads a feed.
fuzz: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python -m bench.fuzz

# Measures over files of your own: make bench FILES="feeds/*.xml"
bench: $(VENV)/installed-dev
	$(BIN)/python -m bench.text $(FILES)
	$(BIN)/python -m bench.parse
	$(BIN)/python -m bench.update
	$(BIN)/python -m bench.stories 10000 100000

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Python 3.11 or newer is needed, and $(PYTHON) is older: make PYTHON=python3.12 …" >&2; exit 1; }
	@echo "Setting up $(VENV), once; this takes half a minute."
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: setup.cfg pyproject.toml requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e .
	@touch $@

$(VENV)/installed-dev: setup.cfg pyproject.toml requirements.lock | $(BIN)/python
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock -e '.[dev]'
	@touch $@ $(VENV)/installed
