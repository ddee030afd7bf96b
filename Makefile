# Two commands: `make demo` runs the main job, `make test` runs every test. The others are their parts.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PARTICIPANTS ?= 11700
YEARS ?= 8
SEED ?= 1
PORT ?= 3000
PACKAGES := records features models casework training serving trustlane.py

# Tools that would otherwise report their use to other hosts.
export BENTOML_DO_NOT_TRACK := true
export MLFLOW_DISABLE_TELEMETRY := true
export DO_NOT_TRACK := true

.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-long check format mlflow bench bench-scale results lock clean

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 14

setup: $(VENV)/.installed ## make the environment in .venv from the hashed lock

setup-dev: $(VENV)/.installed-dev ## the same with what tests, checks and benchmarks need

demo: setup ## simulate, ingest, train, promote, score and serve: the main job
	$(BIN)/trustlane demo --participants $(PARTICIPANTS) --years $(YEARS) --seed $(SEED) --port $(PORT)

test: setup-dev browser ## every test but the long forms
	$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

test-long: setup-dev browser ## the long forms too
	$(BIN)/python -m pytest -m "long or not long"

check: setup-dev ## format, lint, types, import contracts
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: setup-dev ## put every file into the house format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

mlflow: setup ## MLflow's own pages on mlruns/, on loopback
	$(BIN)/mlflow server --backend-store-uri sqlite:///$(CURDIR)/mlruns/mlflow.db --default-artifact-root file://$(CURDIR)/mlruns/artifacts --host 127.0.0.1 --port 5000

bench: setup-dev ## every benchmark, side by side with its rivals, and docs/performance.md from it
	$(BIN)/python -m benchmarks.bench_matrix --optional --out benchmarks/results/matrix.json
	$(BIN)/python -m benchmarks.performance_page --strict
	$(BIN)/python -m benchmarks.bench_linkage --strict
	$(BIN)/python -m benchmarks.bench_duplicates
	$(BIN)/python -m benchmarks.bench_ingest

bench-scale: setup-dev ## a million participants, a hundred million incidents: an hour, 25 GB of disk under .trustlane/scale
	$(BIN)/python -m benchmarks.bench_scale .trustlane/scale --strict --out benchmarks/results/scale/1000000.json
	$(BIN)/python -m benchmarks.scale_page > docs/scale.md

results: setup-dev ## every candidate and baseline on real histories and simulated programs, and docs/results.md: hours, resumable
	$(BIN)/python -m benchmarks.judging run
	$(BIN)/python -m benchmarks.judging page

lock: ## resolve the newest versions that fit together and write the hashed locks
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade pyproject.toml --output-file requirements.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --extra dev --extra cluster --constraint requirements.lock pyproject.toml --output-file requirements-dev.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --extra cluster --constraint requirements-dev.lock pyproject.toml --output-file requirements-cluster.lock
	uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --quiet --upgrade requirements-setup.in --output-file requirements-setup.lock

clean: ## remove what the demo made; the environment stays
	rm -rf .trustlane mlruns/mlflow.db mlruns/artifacts

$(BIN)/uv: requirements-setup.lock
	@$(PYTHON) -c 'import sys; sys.exit("Expected Python 3.11 or newer, got " + sys.version.split()[0] + ". Name one: make PYTHON=python3.12 ..." if sys.version_info < (3, 11) else 0)'
	@echo "Making the environment in $(VENV)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --requirement requirements-setup.lock
	@touch $(BIN)/uv

$(VENV)/.installed: $(BIN)/uv requirements.lock pyproject.toml
	@echo "Installing the locked packages (about 1.4 GB the first time)"
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed requirements-dev.lock
	@$(BIN)/uv pip install --python $(BIN)/python --require-hashes --requirement requirements-dev.lock
	@touch $@

.PHONY: browser
browser:
	@command -v chromium >/dev/null || command -v google-chrome >/dev/null || \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
		echo "Installing Chromium for the browser tests"; \
		apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium >/dev/null; \
	else echo "No Chromium here: the browser tests will be skipped and say so"; fi
