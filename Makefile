# Realign: `make run` to use it, `make test` to trust it. Everything else is for developers; see `make help`.

PYTHON ?= python3
PY := .venv/bin/python
export PORT RELOAD ARGS

.PHONY: help run test lint bench screenshots demo manage services services-stop lock install

help:
	@echo "make run [PORT=8123] [RELOAD=1]  start Realign here: servers, database, demo, web, worker, beat"
	@echo "make test [ARGS='tests/teams']   every test, or those you name"
	@echo "make lint                        style, types, import contracts, migrations, deployment checks"
	@echo "make bench [ARGS=quick]          measure, and print the table"
	@echo "make screenshots                 take the pictures of the README again"
	@echo "make demo                        fill your database with the demo (repeating it doubles nothing)"
	@echo "make manage ARGS='shell'         Django's commands, with the development servers"
	@echo "make services, services-stop     leave the test servers up between test runs, or end them"
	@echo "make lock                        compile requirements*.in into the locked requirements*.txt"

run:
	@$(PYTHON) ops/install.py app
	@exec $(PY) -m ops run

test: install
	@exec $(PY) -m ops test

lint: install
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m djlint templates --lint --quiet
	$(PY) -m mypy
	.venv/bin/lint-imports --no-logo
	$(PY) -m ops.checks

bench: install
	@exec $(PY) -m ops bench

screenshots: install
	@exec $(PY) -m ops screenshots

demo: install
	@exec $(PY) -m ops manage demo

manage: install
	@exec $(PY) -m ops manage

services: install
	@$(PY) -m ops services

services-stop: install
	@$(PY) -m ops stop

install:
	@$(PYTHON) ops/install.py dev

lock: install
	@$(PY) -m ops.lock
