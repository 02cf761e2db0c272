# What to type when working on Saccade; `make` alone lists it. Everything runs in .venv, made on the first call.

VENV := .venv
PYTHON_HERE := $(VENV)/bin/python
CORE := $(VENV)/.installed-core
DEV := $(VENV)/.installed-dev
FAST := not slow and not peer and not page

.DEFAULT_GOAL := help
.PHONY: help demo test check test-peers test-page prove bench train lint types format docs

help: ## list these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: $(CORE) ## install the core and let the bundled model read, find and count
	@$(VENV)/bin/saccade demo

test: $(DEV) ## the tests that need only what pip brings
	$(PYTHON_HERE) -m pytest -m "$(FAST)"

check: lint types test ## format, lint, types, import rule, tests, examples of the docs

test-peers: ## the tests with other programs and SDKs; installs them
	@scripts/test_marked.sh peer peers peers

test-page: ## the tests with a browser; installs it
	@scripts/test_marked.sh page browser train

prove: $(DEV) ## the same proofs as the tests at full size (long); writes docs/proofs and the model card
	@scripts/setup_peers.sh transformers llama.cpp
	@$(PYTHON_HERE) -m pytest -m slow
	@$(PYTHON_HERE) -m saccade.train.card

bench: $(DEV) ## measure speed; writes docs/performance.md
	@if [ -f benchmarks/run.py ]; then $(PYTHON_HERE) benchmarks/run.py; \
	else echo "saccade: there are no benchmarks in this edition yet" >&2; fi

train: $(CORE) ## train the bundled model anew in runs/tiny, or go on with it (hours)
	@scripts/apt_install.sh fonts allocator
	LD_PRELOAD=$$(ls /usr/lib/*/libtcmalloc_minimal.so.4 2>/dev/null | head -1) $(PYTHON_HERE) -m saccade.train.run runs/tiny

lint: $(DEV) ## formatting and ruff's rules, without changing anything
	$(PYTHON_HERE) -m ruff format --check .
	$(PYTHON_HERE) -m ruff check .

types: $(DEV) ## mypy, strict
	$(PYTHON_HERE) -m mypy

format: $(DEV) ## format the code and mend what ruff can mend
	$(PYTHON_HERE) -m ruff format .
	$(PYTHON_HERE) -m ruff check --fix .

docs: $(DEV) ## run every example of README and docs/, check their links and tables
	$(PYTHON_HERE) -m pytest tests/test_docs.py

$(CORE): pyproject.toml scripts/setup_env.sh
	@scripts/setup_env.sh core

$(DEV): pyproject.toml scripts/setup_env.sh
	@scripts/setup_env.sh dev
