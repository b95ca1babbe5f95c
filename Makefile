# What one does with Passerelle. `make help` lists it; nothing is needed but Python 3.11 or later with its venv module.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
INSTALL := $(BIN)/python -m pip install -qq --disable-pip-version-check --no-input
PYTEST := $(BIN)/python -m pytest
SIDE_BY_SIDE := -n 2 --dist loadgroup

##@ Running

.PHONY: up
up: .venv/installed  ## Start everything in one process: pages on http://localhost:8000, e-mails at /boite
	@exec $(BIN)/passerelle up

.PHONY: install
install: .venv/installed  ## Make the virtual environment that runs Passerelle

.PHONY: install-dev
install-dev: .venv/installed-dev  ## Make the virtual environment that tests it too

##@ Checking

.PHONY: test
test: .venv/installed-dev  ## Run every test that does not take minutes
	$(PYTEST) $(SIDE_BY_SIDE) -m "not long" tests

.PHONY: test-long
test-long: .venv/installed-dev  ## Run the tests that take minutes: crashes, outages, storms
	$(PYTEST) $(SIDE_BY_SIDE) -m long --durations=10 tests

.PHONY: unit
unit: .venv/installed-dev  ## Run the tests of pure logic: seconds
	$(PYTEST) -q tests/unit

.PHONY: check
check: .venv/installed-dev  ## Format, lint, types, imports, locks, unit tests
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	scripts/lock --check
	$(PYTEST) -q tests/unit

.PHONY: format
format: .venv/installed-dev  ## Write the code the way `make check` wants it
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

.PHONY: lock
lock: .venv/installed-dev  ## Make both locks again from pyproject.toml
	scripts/lock

##@ Proving the promises, at length

.PHONY: crash
crash: .venv/installed-dev  ## Kill the process 5 times at each of 24 points, the broker and its store, on both databases
	$(PYTEST) $(SIDE_BY_SIDE) --durations=10 --kills 5 --databases both \
		tests/journeys/test_crashes.py tests/journeys/test_outages.py

.PHONY: race
race: .venv/installed-dev  ## Withdraw 100 × 1,000 times at any moment of a sending
	$(BIN)/python -m tests.adapters.notifier.race --seeds 100

.PHONY: scanners
scanners: .venv/installed-dev  ## Open the links of mails the way scanners do: nothing may change
	$(PYTEST) -q tests/adapters/portal/test_scanners.py

.PHONY: fuzz-mails
fuzz-mails: .venv/installed-dev  ## Write 20,000 mails out of hostile titles, names and texts
	@$(BIN)/python -m tests.fuzz_mails

.PHONY: mutants
mutants: .venv/installed-dev  ## Seed ten bugs, one by one: each must be caught
	@$(BIN)/python -m tests.mutants.run

.PHONY: returns
returns: .venv/installed-dev  ## How well replies and returned mails are read, an outside corpus among them
	@$(BIN)/python -m tests.benchmarks.returns

##@ Measuring (figures go to docs/benchmarks.md)

.PHONY: bench bench-up bench-harvest bench-harvest-many bench-latency bench-memory bench-fit bench-completeness bench-mornings
# The recorded data, when it lies where CI has it.
bench-%: export PASSERELLE_RECORDINGS := $(or $(PASSERELLE_RECORDINGS),$(wildcard $(abspath ../shared/data)))
bench: bench-mails bench-up bench-harvest bench-harvest-many bench-latency bench-memory bench-mornings bench-fit bench-completeness  ## Measure everything below
bench-up: .venv/installed-dev  ## From a fresh clone to the first mail in /boite
	$(BIN)/python -m tests.benchmarks.up
bench-harvest: .venv/installed-dev  ## Harvest the recorded topics, then the same again
	$(BIN)/python -m tests.benchmarks.harvest
bench-harvest-many: .venv/installed-dev  ## Harvest 11,000 made-up topics, then the same again
	$(BIN)/python -m tests.benchmarks.harvest_many
bench-latency: .venv/installed-dev  ## From opportunity.published to the relay's 250
	$(BIN)/python -m tests.benchmarks.latency
bench-memory: .venv/installed-dev  ## Memory of the embedded process
	$(BIN)/python -m tests.benchmarks.memory
bench-mornings: .venv/installed-dev  ## Plan the digests of 100,000 recipients with 10 matches each
	$(BIN)/python -m tests.benchmarks.mornings
bench-fit: .venv/installed-dev  ## Fit the model to 20,000 opportunities, and read 100,000 profiles
	$(BIN)/python -m tests.benchmarks.fit
bench-mails: .venv/installed-dev  ## Render and send 3,000 digests with every promise kept, on both databases
	$(BIN)/python -m tests.benchmarks.mails
	$(BIN)/python -m tests.benchmarks.mails --database sqlite
bench-completeness: .venv/installed-dev  ## What short or one-sided descriptions cost, on the judged set
	$(BIN)/python -m tests.benchmarks.completeness

.PHONY: evaluate
evaluate: .venv/installed-dev  ## How good matching is, on the judged set of tests/judged
	@$(BIN)/passerelle evaluate --as-of 2026-11-02 --opportunities tests/judged/opportunities.jsonl \
		--profiles tests/judged/profiles.jsonl --qrels tests/judged/qrels.jsonl

.PHONY: ablation
ablation: .venv/installed-dev  ## What each ingredient of matching is worth, on the same set
	@$(BIN)/python -m tests.benchmarks.ablation

##@ Help

.PHONY: help
help:  ## Show this list
	@awk 'BEGIN { FS = ":.*## " } \
		/^##@/ { printf "\n%s\n", substr($$0, 5) } \
		/^[a-z-]+:.*## / { printf "  make %-18s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: clean
clean:  ## Remove what was installed and cached; state under var/ stays
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info

# The environment is made once and brought up to date when a lock or pyproject.toml changes.
.venv/made:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Passerelle needs Python 3.11 or later, this is " + sys.version.split()[0])'
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { echo "Python has no venv module: on Debian and Ubuntu, apt-get install python3-venv"; exit 1; }
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/installed: .venv/made requirements.lock pyproject.toml
	@[ -e .venv/installed-dev ] || echo "Installing what Passerelle runs on (about half a minute)"
	@$(INSTALL) --require-hashes --no-deps -r requirements.lock
	@$(INSTALL) --no-deps --no-build-isolation --no-index -e . 2>.venv/install.log || { cat .venv/install.log; exit 1; }
	@touch $@

.venv/installed-dev: .venv/installed requirements-dev.lock
	@echo "Installing what tests and checks need"
	@$(INSTALL) --require-hashes --no-deps -r requirements-dev.lock
	@touch $@
