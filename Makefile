# Each target works alone on a fresh clone; a second run finds its stamps and is fast.
# Needs Python 3.11 or newer (`make PYTHON=/path/to/python3.12 …` to choose one) and a package index.

PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
ARGS ?=
KERNEL := $(wildcard src/cheiron/models/native/c/*.[ch]) hatch_build.py

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help play page kernel test check lint types imports docs docs-check clean

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(firstword $(MAKEFILE_LIST)) \
		| awk -F ':.*## ' '{ printf "make %-12s %s\n", $$1, $$2 }'

play: $(VENV)/.perform ## Play: start the instrument and open its page (ARGS="storm --no-browser"; no PyTorch needed)
	@$(BIN)/cheiron play $(ARGS)

page: $(VENV)/.develop ## Build the page that `cheiron play` opens, if its sources have changed
	@$(BIN)/python -c 'import pathlib, hatch_build; hatch_build.build_page(pathlib.Path.cwd())'

kernel: $(VENV)/.develop ## Build the C kernel that decodes fast, if its sources have changed
	@$(BIN)/python -c 'import pathlib, hatch_build; hatch_build.build_kernel(pathlib.Path.cwd())'

test: $(VENV)/.develop ## Run every test and doctest (ARGS="tests/core -k param" for some)
	@$(BIN)/python -m pytest $(ARGS)

check: lint types imports test ## Everything that CI runs (docs-check is among the tests)

lint: $(VENV)/.develop ## Style
	@$(BIN)/ruff check . && $(BIN)/ruff format --check .

types: $(VENV)/.develop ## Types (pyright strict)
	@$(BIN)/pyright --threads

imports: $(VENV)/.develop ## Import rules between the rooms
	@$(BIN)/lint-imports --no-logo

docs: $(VENV)/.develop ## Write docs/cli.md and the API pages (site/)
	@$(BIN)/python docs/generate.py docs/cli.md
	@$(BIN)/pdoc --docformat google --output-directory site cheiron
	@echo "docs/cli.md is up to date; the API pages are at site/index.html"

docs-check: $(VENV)/.develop ## Are the docs up to date?
	@$(BIN)/python -m pytest tests/house

clean: ## Remove the environment and everything generated
	rm -rf $(VENV) site build dist play src/cheiron/studio/page src/cheiron/models/native/lib \
		src/cheiron/studio/web/node_modules

$(VENV)/.made:
	@test -n "$(PYTHON)" || { echo "no Python 3.11 or newer found; install one, or: make PYTHON=/path/to/python" >&2; exit 1; }
	@echo "creating $(VENV) with $(PYTHON)"
	@$(PYTHON) -m venv $(VENV) || { echo "$(PYTHON) cannot make virtual environments; on Debian and Ubuntu: apt-get install python3-venv" >&2; exit 1; }
	@$(PIP) install --upgrade 'pip>=25.1'
	@touch $@

# One call for everything, so that the constraint holds for whatever asks for PyTorch.
$(VENV)/.perform: $(VENV)/.made pyproject.toml constraints.txt $(KERNEL)
	@echo "installing what performing needs"
	@$(PIP) install -c constraints.txt -e .
	@touch $@

$(VENV)/.develop: $(VENV)/.made pyproject.toml constraints.txt $(KERNEL)
	@echo "installing what learning and developing need (PyTorch: some minutes the first time)"
	@$(PIP) install -c constraints.txt -e '.[learn]' --group dev
	@touch $(VENV)/.perform $@
