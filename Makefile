# recalldash: `make run` and open the address it prints; `make test`; `make check` before a commit.

PORT ?= 8000
DATA_DIR ?= .data
SPEED ?= 1
PYTHON ?= python3
# Where `make services-test` finds servers; where they don't answer it says so and does nothing.
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/9

VENV := .venv/bin
PYTEST := $(VENV)/python -m pytest
# What a production deployment would set, for `check --deploy`.
DEPLOYED := SECRET_KEY=$$($(VENV)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ENCRYPTION_KEYS=$$(SECRET_KEY=unused $(VENV)/python manage.py new_key) \
	PUBLIC_URL=https://recalldash.example ALLOWED_HOSTS=recalldash.example SANDBOX=0

.PHONY: run sandbox test check lint services-test lock venv venv-dev chromium clean
.DEFAULT_GOAL := help

help:
	@echo "make run            the dashboard with its sandbox (PORT=8000 DATA_DIR=.data)"
	@echo "make sandbox        Recall's sandbox alone (PORT=8000 SPEED=1 DATA_DIR=.data)"
	@echo "make test           every test, in a real browser too"
	@echo "make check          format, lint, types, layers, deployment, then every test"
	@echo "make services-test  the tests on PostgreSQL and Redis, where they answer"
	@echo "make lock           pin the requirements anew"

run sandbox: export PORT := $(PORT)
run sandbox: export DATA_DIR := $(DATA_DIR)
run: venv
	@exec $(VENV)/python -m recalldash.processes run

sandbox: export SPEED := $(SPEED)
sandbox: venv
	@exec $(VENV)/python -m recalldash.processes sandbox

test: venv-dev chromium
	@$(PYTEST)

check: lint services-test test

lint: venv-dev
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	@DATA_DIR=$$(mktemp -d) $(VENV)/python manage.py makemigrations --check --dry-run
	find templates bots -name '*.html' -exec $(VENV)/djade --check --target-version 5.2 {} +
	$(VENV)/djlint --lint --quiet templates bots
	@$(DEPLOYED) $(VENV)/python manage.py check --deploy --fail-level WARNING

services-test: venv-dev
	@if $(VENV)/python -m tests.services '$(TEST_DATABASE_URL)' '$(TEST_REDIS_URL)'; then \
		DATABASE_URL='$(TEST_DATABASE_URL)' CELERY_BROKER_URL='$(TEST_REDIS_URL)' \
		REDIS_URL='$(TEST_REDIS_URL)' $(PYTEST) --ignore tests/browser; \
	fi

# A lock that names no registry: uv.lock, which does, stays out of the repository.
lock: venv
	@$(VENV)/python -m pip install --quiet uv
	$(VENV)/uv lock
	$(VENV)/uv export --quiet --frozen --no-emit-project --no-default-groups -o requirements.txt
	$(VENV)/uv export --quiet --frozen --no-emit-project --all-groups -o requirements-dev.txt

venv:
	@$(PYTHON) recalldash/venv.py requirements.txt

venv-dev:
	@$(PYTHON) recalldash/venv.py requirements-dev.txt

chromium:
	@$(PYTHON) tests/browser/chromium.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
