# Needs make and Python 3.11 or newer; everything else goes into .venv.

VENV   := .venv
BIN    := $(VENV)/bin
RUN    := $(VENV)/.installed
DEV    := $(VENV)/.installed-dev
FAST   := build/compiled
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check
ARGS   ?=
LOCKING := --universal --upgrade --python-version 3.11 --generate-hashes --no-annotate --custom-compile-command 'make lock'

# An environment remembers absolute paths: after the folder was moved or copied, the package
# is installed again. Tools are run as modules, which does not depend on those paths.
ifneq ($(shell cat $(VENV)/.home 2>/dev/null),$(CURDIR))
STALE := stale
endif

.PHONY: help run test compiled test-compiled lint audit fuzz lock docs bench evaluate clean stale

help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-13s %s\n", $$1, $$2 }' Makefile

run: $(RUN) ## Bundled recording through list and watch; writes demo-findings.csv
	@$(BIN)/whoasks demo

test: $(DEV) ## The tests; lab tests need root and WHOASKS_REQUIRE_LAB=1 makes them compulsory
	$(BIN)/python -m pytest $(ARGS)

compiled: $(FAST)/.made ## A wheel whose core is compiled, in build/ (takes a C compiler and a minute)

# From a source archive, so that nothing compiled is left among the sources, which it would hide.
$(FAST)/.made: $(shell find src -name '*.py') pyproject.toml | $(RUN)
	rm -rf $(FAST) build/*.whl build/*.tar.gz
	$(PIP) 'build>=1.2,<2'
	HATCH_BUILD_HOOK_ENABLE_MYPYC=true $(BIN)/python -m build --outdir build .
	$(PIP) --no-deps --target $(FAST) build/*.whl
	@touch $@

test-compiled: $(DEV) compiled ## The tests of what every packet passes through, on the compiled core
	WHOASKS_COMPILED=1 PYTHONPATH=$(FAST) $(BIN)/python -m pytest tests/test_compiled.py tests/core tests/golden tests/sources tests/outputs $(ARGS)

lint: $(DEV) audit ## ruff (bandit's rules among its own), mypy, pip-audit
	$(BIN)/python -m ruff check .
	$(BIN)/python -m ruff format --check .
	$(BIN)/python -m mypy

audit: $(DEV) ## Known weaknesses of what the locks pin; says so where PyPI cannot be asked
	$(BIN)/python .ci/audit.py

fuzz: $(DEV) ## Hostile input for a minute; ARGS='--seconds 1200', ARGS='wire names'
	-$(PIP) --require-hashes --requirement requirements-fuzz.lock
	$(BIN)/python -m fuzz.run $(ARGS)

lock: $(DEV) ## Pin what development installs, with hashes
	$(PIP) uv
	$(BIN)/python -m uv pip compile --quiet $(LOCKING) --extra dev --output-file requirements-dev.lock pyproject.toml
	$(BIN)/python -m uv pip compile --quiet $(LOCKING) --output-file requirements-fuzz.lock fuzz/requirements.in

docs: $(DEV) ## Write docs/rules.md and docs/commands.md from the code
	$(BIN)/python docs/generate.py

bench: $(DEV) compiled ## Speed against peers; ARGS=--full for the long runs
	$(BIN)/python bench/run.py $(ARGS)

evaluate: $(DEV) ## Detection on labelled captures, into docs/detection.md (under three minutes)
	$(BIN)/python -m bench.detection --write $(ARGS)

clean: ## Remove what make made
	rm -rf $(VENV) build .mypy_cache .ruff_cache .pytest_cache demo-findings.csv

# An environment that is there and fit is kept. Else the newest Python that can make one is
# taken; a pyenv shim answers to a name without having the version, so each one is asked.
$(VENV)/.home: $(STALE)
	@if $(BIN)/python -c 'import pip, sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	  printf '%s\n' '$(CURDIR)' > $@; exit 0; \
	fi; \
	for python in python3.14 python3.13 python3.12 python3.11 python3; do \
	  $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
	  old=$$python; \
	  $$python -c 'import ensurepip, venv' 2>/dev/null || continue; \
	  $$python -m venv --clear $(VENV) || exit 1; \
	  printf '%s\n' '$(CURDIR)' > $@; exit 0; \
	done; \
	if [ -n "$$old" ]; then \
	  echo "$$old cannot make virtual environments: install its venv module (Debian: apt install python3-venv)." >&2; \
	else \
	  echo "whoasks needs Python 3.11 or newer, and none is on PATH: install one, then run make again." >&2; \
	fi; exit 1

$(RUN): pyproject.toml $(VENV)/.home
	$(PIP) --editable .
	@touch $@

$(DEV): pyproject.toml requirements-dev.lock $(VENV)/.home
	@$(PIP) --require-hashes --requirement requirements-dev.lock || \
	  echo 'The package index here does not offer what the lock pins: installing within the bounds of pyproject.toml.' >&2
	$(PIP) --editable '.[dev]'
	@touch $@ $(RUN)
