# `make demo` and `make test` need Python 3.11 or newer and nothing else: they set up .venv themselves.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# Which Python builds .venv: the first that is new enough and can build one; or `make PYTHON=... test`.
usable = import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for each in python3.11 python3.12 python3.13 python3 python; do \
	if $$each -c '$(usable)' >/dev/null 2>&1; then echo $$each; break; fi; done)

BIN := .venv/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check install --quiet
SOURCES := policy_engine tests benchmarks examples cli.py
JOBS ?= 2
FUZZ ?= 100
FUZZ_SEED ?= 0

.PHONY: help demo test check bench fuzz docs format clean slow

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1@\2/p' $(MAKEFILE_LIST) | column -t -s @ 2>/dev/null \
		|| sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)

demo: .venv/.run ## Run a shipped policy over a shipped conversation
	@$(BIN)/policy-engine simulate policies/last_resort.policy policies/conversations/last_resort/abuse.yaml

test: check ## Check, then run all tests (all set-up included)
	@$(BIN)/python -m pytest -n $(JOBS)

check: .venv/.test ## Lint, format, types, and who imports whom
	@$(BIN)/ruff check --quiet $(SOURCES)
	@$(BIN)/ruff format --quiet --check $(SOURCES) >&2 || { echo "not formatted; run: make format" >&2; exit 1; }
	@$(BIN)/mypy --no-error-summary
	@$(BIN)/lint-imports >.venv/lint-imports.log || { cat .venv/lint-imports.log >&2; exit 1; }

bench: .venv/.bench ## Measure against cedarpy, transitions and bare imports, side by side
	@$(BIN)/python benchmarks/observe.py
	@$(BIN)/python benchmarks/startup.py
	@$(BIN)/python benchmarks/lint.py
	@$(BIN)/python benchmarks/compile.py
	@$(BIN)/python benchmarks/reading.py
	@$(BIN)/python benchmarks/convert.py
	@$(BIN)/python benchmarks/simulate.py
	@$(BIN)/python benchmarks/detectors.py
	@$(BIN)/python benchmarks/verdicts.py
	@$(BIN)/python benchmarks/verify.py

fuzz: .venv/.test ## Run everything random FUZZ times as long; FUZZ_SEED=7 takes other seeds
	@FUZZ=$(FUZZ) FUZZ_SEED=$(FUZZ_SEED) $(BIN)/python -m pytest -n $(JOBS) -m 'hypothesis or seeds'

docs: .venv/.test ## Write anew what the documents say of formats of logs and lint rules
	@UPDATE_GOLDEN=1 $(BIN)/python -m pytest --quiet tests/docs/test_formats.py tests/docs/test_lint.py
	@$(BIN)/python -m pytest --quiet tests/docs/test_formats.py tests/docs/test_lint.py

slow: .venv/.test ## Run the tests that take long, which `make test` leaves out
	@$(BIN)/python -m pytest -n $(JOBS) -m slow

format: .venv/.test ## Format the code and mend what ruff can mend
	@$(BIN)/ruff check --fix --quiet $(SOURCES) || true
	@$(BIN)/ruff format $(SOURCES)

clean: ## Remove everything that was built, .venv included
	rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

# --- Set-up: one stamp per set of requirements, renewed when the requirements change -------------

.venv/.made:
	@test -n "$(PYTHON)" || { echo "policy engine needs Python 3.11 or newer with venv" \
		"(on Debian or Ubuntu: apt install python3.11-venv), and found none;" \
		"name one with: make PYTHON=/path/to/python3.11 ..." >&2; exit 1; }
	@"$(PYTHON)" -c '$(usable)' || { echo "$(PYTHON) is older than Python 3.11, or cannot make a venv" \
		"(on Debian or Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "setting up .venv with $$("$(PYTHON)" --version)" >&2
	@rm -rf .venv && "$(PYTHON)" -m venv .venv
	@touch $@

.venv/.run: .venv/.made setup.cfg pyproject.toml
	@echo "installing policy-engine into .venv" >&2
	@$(PIP) --editable .
	@touch $@

.venv/.test: .venv/.made setup.cfg pyproject.toml
	@echo "installing policy-engine and the tools of its tests into .venv" >&2
	@$(PIP) --editable '.[test,dev]'
	@touch $@ .venv/.run

.venv/.bench: .venv/.made setup.cfg pyproject.toml
	@echo "installing what the benchmarks compare with into .venv" >&2
	@$(PIP) --editable '.[bench,keywords,solver]'
	@touch $@ .venv/.run
