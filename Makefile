# Short names for what CONTRIBUTING.md says; `make setup` first.
PYTHON = .venv/bin/python

.PHONY: setup test lint types bench pin ci

setup:
	sh tools/setup --dev

test:
	$(PYTHON) -m pytest -n 2

lint:
	.venv/bin/ruff check . && .venv/bin/ruff format --check .

types:
	.venv/bin/mypy && .venv/bin/pyright --pythonpath $(PYTHON)

bench:
	$(PYTHON) -m benchmarks

pin:
	sh tools/pin

ci:
	bash .ci/run
