# One virtual environment, .venv/, made from the lock file and kept up to date by a stamp.
VENV   := .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
LOCK   := requirements.lock
PYTHON := $(shell command -v python3.11 || command -v python3)
PIP    := $(BIN)/python -m pip --disable-pip-version-check -qq

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo test lint docs lock clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' Makefile | expand -t 14

demo: $(STAMP) ## Make a painting with known layers, train, score; pictures and report in demo/
	@$(BIN)/tfpaintsep demo --out demo --overwrite

# Two processes, because a test mostly waits for one core; a file stays in one of them, for its fixtures,
# and files keep their order, since those that take longest come early.
test: $(STAMP) ## Run all tests (narrower: make test ARGS="tests/images -x")
	@$(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder $(ARGS)

lint: $(STAMP) ## Check style, formatting and types
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/mypy

docs: $(STAMP) ## Build the documentation's site in site/; a broken link is an error
	@$(BIN)/python -m sphinx -W --keep-going -E -q -b html docs site
	@echo 'Open site/index.html'

lock: $(STAMP) ## Regenerate requirements.lock (newest versions: make lock ARGS=--upgrade)
	@$(BIN)/uv pip compile pyproject.toml --extra test --extra dev --extra docs --output-file $(LOCK) \
	    --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header \
	    --no-config --quiet $(ARGS)

clean: ## Remove .venv/, demo/, site/, caches and build products
	@rm -rf $(VENV) demo site build dist *.egg-info .mypy_cache .pytest_cache .ruff_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(STAMP): $(LOCK) pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null || \
	    { echo 'tfpaintsep needs Python 3.11, 3.12 or 3.13; found: $(or $(PYTHON),none).' \
	           'Install one, or name it: make PYTHON=/path/to/python3.11' >&2; exit 1; }
	@echo 'Installing into $(VENV)/ (a few minutes, once) ...'
	@"$(PYTHON)" -m venv $(VENV)
	@$(PIP) install --require-hashes --requirement $(LOCK)
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@
