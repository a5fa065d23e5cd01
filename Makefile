# The daily commands; `make` alone lists them. CONTRIBUTING.md says how to add things.
PYTHON ?= .venv/bin/python
TESTS ?= tests/unit tests/test_architecture.py

.PHONY: help setup run quick test cover bench lint hooks

help: ## list these commands
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 10

setup: ## make .venv with the desk and all that tests and checks need
	python3 -m venv .venv
	$(PYTHON) -m pip install -q -c constraints.txt -e '.[test]'

run: ## start the desk on http://127.0.0.1:8501
	$(PYTHON) -m streamlit run app.py

quick: ## the tests without a database, in seconds; others by TESTS=tests/engines/queue
	$(PYTHON) -m pytest -q $(TESTS)

test: ## every test but the long ones
	$(PYTHON) -m pytest -q -n 2 --dist loadscope

cover: ## what unit and engine tests never reach; fails below the floor in pyproject.toml
	$(PYTHON) -m pytest -q -n 2 --dist loadscope --cov --cov-report=term:skip-covered tests/unit tests/engines

bench: ## how long each page takes on generated cities (see docs/speed.md)
	$(PYTHON) -m tests.bench.bench_pages $(ARGS)

lint: ## format, lint, types, and who may import whom
	$(PYTHON) -m ruff check .
	$(PYTHON) -m ruff format --check .
	$(PYTHON) -m mypy
	$(dir $(PYTHON))lint-imports --no-logo

hooks: ## check every commit before it is made; needs the program pre-commit
	pre-commit install
