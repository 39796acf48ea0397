# Two commands matter: `make run` starts the service, `make test` runs the tests.
# Both set up everything they need in .venv; neither needs more than Python 3.11+.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

# Tests run in four processes, as many wait for a server or a deadline: on two processors four of
# them take 151 s where one file a process takes 220 s.
WORKERS ?= 4
# A process that has nothing left takes over what another has not begun: the files differ by minutes.
PARALLEL = -n $(WORKERS) --dist worksteal
# The package's script of axe-core alone is used, and not the browsers that it would install.
AXE = --no-deps "axe-playwright-python>=0.1.8,<0.2"
# Where `make test-pythons` looks for other interpreters: names on PATH, or paths.
PYTHONS ?= python3.12 python3.13

# Containers often say that Python is to keep nothing of what it compiled. Each process of a run would
# compile all tests anew, which takes 17 s of a processor instead of 10, and each that a test starts
# the program, for half a second more.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: run demo test long suite databases attack test-pythons servers readers lint eval schema faults soak pictures fuzz hub-test bench clean

run: $(VENV)/installed
	@$(BIN)/aggregator run

# The whole program over a made news town, for whoever wants to see it live without a network.
demo: $(VENV)/installed
	@$(BIN)/python -m town.demo

# Lint, and the quick form of all tests: what whoever changes something waits for. `.ci/run` measures
# coverage as well (COVERAGE=--cov) and fails where it is under its floor (pyproject.toml).
COVERAGE ?=
test: $(VENV)/installed-dev lint
	$(BIN)/python -m pytest $(PARALLEL) -m "not long and not more and not attack and not postgresql" $(COVERAGE)

# The rest of the tests that `.ci/run` runs: those marked long, more cases of those that `make test`
# runs, and each property with all of its examples. They reach nearly nothing that the quick ones do not, so coverage is not measured.
long: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PARALLEL) --hypothesis-profile=whole \
	  -m "(long or more or hypothesis) and not attack and not postgresql"

suite: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PARALLEL) -m "not attack and not postgresql"

# What holds of either database, over a PostgreSQL that the tests start themselves (Debian:
# postgresql), and what only PostgreSQL has. `make test` runs a quick part of it.
databases: $(VENV)/installed-dev
	$(BIN)/python -m pytest $(PARALLEL) --hypothesis-profile=whole \
	  -m "postgresql and not attack"

# The whole of what `make test` takes a quick form of, with the figures that it measures: one after
# the other, as most of them take what the machine has.
attack: $(VENV)/installed-dev
	$(BIN)/python -m pytest -m attack -s

# The tests on further Python versions, each in an environment of its own (.venv-3.12, …). Names
# the interpreters that are not there, and fails where the tests of one do:
#   make test-pythons PYTHONS="python3.13 /opt/python3.14/bin/python3"
test-pythons:
	@failed=""; for python in $(PYTHONS); do \
	  version=$$($$python -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || \
	    { echo "$$python: skipped, as there is no such interpreter" >&2; continue; }; \
	  echo "$$python: the tests on Python $$version, in .venv-$$version"; \
	  $(MAKE) --no-print-directory suite VENV=.venv-$$version PYTHON=$$python || failed="$$failed $$version"; \
	done; \
	test -z "$$failed" || { echo "failed on Python$$failed" >&2; exit 1; }

# nginx and Caddy with the files of contrib/, where they are installed; which are not is printed.
servers: $(VENV)/installed-dev
	$(BIN)/python -m pytest -rs tests/test_other_servers.py

# Readers that people use, over one site with everything that a feed can say. Installs those of PyPI
# and npm (in .readers); newsboat and sfeed are packages of Debian. Which are missing is printed.
readers: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "fastfeedparser>=0.6.5,<1" \
	  "reader>=3.26,<4" "sgmllib3k>=1,<2"
	if command -v npm >/dev/null; then \
	  npm install --silent --no-save --prefix .readers rss-parser@3 feedsmith@3; fi
	$(BIN)/python -m pytest -n 0 -rs tests/test_readers.py

# Writes anew what a new store is made of, as the migrations make it: after a migration was added.
schema: $(VENV)/installed-dev
	$(BIN)/python -m tests.support.migrated

# Measures quality over labelled material, and fails where a floor is not reached.
eval: $(VENV)/installed-dev
	$(BIN)/python -m evaluation.pages
	$(BIN)/python -m evaluation.stories
	$(BIN)/python -m evaluation.event_groups

# Kills a pass at every single step, and the service at every 211th; `make long` kills them at a
# sample of these.
faults: $(VENV)/installed-dev
	KILL_EVERY=1 KILL_SERVICE_EVERY=211 $(BIN)/python -m pytest tests/test_killed.py \
	  tests/test_killed_service.py

# The service over a news town of sixty papers with twenty readers, for half an hour:
#   make soak SOAK_MINUTES=120 SOAK_KILLS=14
SOAK_MINUTES ?= 30
SOAK_KILLS ?= 0
soak: $(VENV)/installed-dev
	SOAK_MINUTES=$(SOAK_MINUTES) SOAK_KILLS=$(SOAK_KILLS) $(BIN)/python -m town.soak

# What a phone and a desktop show of each page, in light and dark colours, for looking at.
PICTURES ?= .pictures
pictures: $(VENV)/installed-dev
	$(BIN)/python -m tests.support.pictures $(PICTURES)

# Ten minutes of coverage-guided fuzzing of everything that reads a feed.
fuzz: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris
	$(BIN)/python -m bench.fuzz

# One service tells a real hub of news, which sends it to another service. The hub is flask-websub's
# (ISC licence), which no other test needs.
hub-test: $(VENV)/installed-dev
	$(BIN)/python -m pip install --quiet --disable-pip-version-check "flask-websub>=0.4.1" "celery>=5.4"
	$(BIN)/python -m pytest -n 0 -m long -s tests/test_push_between_processes.py

# Measures over files of your own: make bench FILES="feeds/*.xml"
bench: $(VENV)/installed-dev
	$(BIN)/python -m bench.text $(FILES)
	$(BIN)/python -m bench.parse
	$(BIN)/python -m bench.start
	$(BIN)/python -m bench.update
	$(BIN)/python -m bench.update --corpus real --hosts each --tls 200
	$(BIN)/python -m bench.publish
	$(BIN)/python -m bench.serving
	$(BIN)/python -m bench.stories 10000 100000
	$(BIN)/python -m bench.search
	$(BIN)/python -m bench.schedule
	$(BIN)/python -m bench.ticks

lint: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

clean:
	rm -rf $(VENV) .venv-* build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache .hypothesis .coverage

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
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c requirements.lock $(AXE)
	@touch $@ $(VENV)/installed
