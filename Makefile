# Two commands on a bare machine with Python 3.11 or newer:  make train   make test
# `make help` lists the others. PYTHON=... picks the interpreter, ARGS=... goes to the
# program that is run: make train ARGS="--help"

SHELL := /bin/sh
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

ARGS ?=
BENCHMARK ?= benchmarks/run.py
MINDSPORE := mindspore==2.10.0 'numpy<2'

ifdef PYTHON
export PYTHON
endif
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# An environment is made anew only when what it is made from has changed: the stamp
# inside it is the record. So the second `make train` runs no pip at all.
TRAIN := .venv/.stamp-train
DEV := .venv/.stamp-dev
BENCH := .venv-bench/.stamp
KERAS := .venv-bench-keras/.stamp
PARITY := .venv-parity/.stamp

define make_venv
	@$(1)/bin/python -m pip --version >/dev/null 2>&1 || { \
	python=$$(tools/find-python $(2)) && echo "$(1): made by $$python" && \
	"$$python" -m venv --clear $(1); }
endef

.PHONY: help
help: ## list the commands
	@sed -n 's/^\([a-z-]*\):.*## /\1\t/p' Makefile | \
	while IFS="$$(printf '\t')" read -r name what; do \
	printf '  make %-15s %s\n' "$$name" "$$what"; done

.PHONY: train
train: $(TRAIN) ## train LeNet5 on Fashion-MNIST
	.venv/bin/python model_zoo/lenet5/train.py $(ARGS)

.PHONY: test
test: $(DEV) ## ruff and the unit tests
	.venv/bin/ruff check
	.venv/bin/python -m pytest --numprocesses auto --dist loadfile $(ARGS)

.PHONY: test-slow
test-slow: $(DEV) ## the tests that take longer
	.venv/bin/python -m pytest -m slow $(ARGS)

.PHONY: examples
examples: $(DEV) ## every example in its short form, each checked against its figure
	.venv/bin/python examples/run_all.py $(ARGS)

.PHONY: lint
lint: $(DEV) ## ruff: rules and format
	.venv/bin/ruff check
	.venv/bin/ruff format --check --diff

.PHONY: format
format: $(DEV) ## let ruff mend what it can
	.venv/bin/ruff check --fix
	.venv/bin/ruff format

.PHONY: typecheck
typecheck: $(DEV) ## pyright
	.venv/bin/pyright

.PHONY: bench
bench: bench-envs ## the benchmarks, beside bare JAX and the peers
	.venv-bench/bin/python $(BENCHMARK) $(ARGS)

# A peer that cannot be installed leaves its row empty, with the reason.
.PHONY: bench-envs
bench-envs: $(BENCH) ## the environments of the benchmarks
	@$(MAKE) --no-print-directory $(KERAS) || echo "no Keras: its row will say so"
	@$(MAKE) --no-print-directory $(PARITY) || echo "no MindSpore: its row will say so"

.PHONY: parity
parity: $(DEV) $(PARITY) ## compare with the real MindSpore (Python 3.11)
	CELLNET_ORACLE_PYTHON=$(CURDIR)/.venv-parity/bin/python \
	.venv/bin/python -m pytest tests/parity $(ARGS)

.PHONY: parity-examples
parity-examples: $(DEV) $(PARITY) ## the same of MindSpore's docstring examples
	CELLNET_ORACLE_PYTHON=$(CURDIR)/.venv-parity/bin/python \
	.venv/bin/python -m tests.parity.examples --json docs/parity.json --write $(ARGS)

.PHONY: clean
clean: ## remove environments, caches and build outputs
	rm -rf .venv .venv-bench .venv-bench-keras .venv-parity build dist .pytest_cache .ruff_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(TRAIN): pyproject.toml
	$(call make_venv,.venv)
	.venv/bin/python -m pip install --editable '.[vision,plot]'
	@touch $@

# What training needs is part of it.
$(DEV): pyproject.toml
	$(call make_venv,.venv)
	.venv/bin/python -m pip install --editable '.[dev]'
	@touch $(TRAIN) $@

$(BENCH): pyproject.toml benchmarks/requirements-torch.txt
	$(call make_venv,.venv-bench)
	.venv-bench/bin/python -m pip install --editable '.[vision,plot]' \
	--requirement benchmarks/requirements-torch.txt
	@touch $@

$(KERAS): benchmarks/requirements-keras.txt
	$(call make_venv,.venv-bench-keras)
	.venv-bench-keras/bin/python -m pip install \
	--requirement benchmarks/requirements-keras.txt
	@touch $@

# The wheel of MindSpore 2.10 that the tests are written for is that of Python 3.11.
$(PARITY): Makefile
	$(call make_venv,.venv-parity,3.11)
	.venv-parity/bin/python -m pip install $(MINDSPORE)
	@touch $@
