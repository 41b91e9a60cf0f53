# recalldash: `make run` and open the address it prints; `make test`; `make check` before a commit.

PORT ?= 8000
DATA_DIR ?= .data
SPEED ?= 1
SECONDS ?= 60
PYTHON ?= python3
# Where `make services-test` finds servers; where they don't answer it says so and does nothing.
TEST_DATABASE_URL ?= postgres://postgres@127.0.0.1:5432/postgres
TEST_REDIS_URL ?= redis://127.0.0.1:6379/9
EVENTS ?= 20000
ORDERS ?= 2000
SEED ?= 1
# Of a load; make load takes 3 where none are given.
MINUTES ?= 60
# Empty, as the tests leave theirs seldom.
LOAD_REDIS_URL ?= redis://127.0.0.1:6379/10

VENV := .venv/bin
PYTEST := $(VENV)/python -m pytest
# Two at a time, one for each core, the browser's first: they take longest. Those that start browsers
# and servers wait for much that happens in true time; the others make way for them.
SIDE_BY_SIDE = $(MAKE) --no-print-directory --keep-going -j2 --output-sync=line READY=yes
MAKING_WAY := nice -n 19
# What has set up before does not set up again.
NEEDS := $(if $(READY),,venv-dev)
NEEDS_BROWSER := $(if $(READY),,venv-dev chromium)
TRUE_TIME := tests/chaos tests/test_run.py
ALONE := $(foreach place,tests/browser $(TRUE_TIME),--ignore $(place))
# What is the same on every database is not tried on a second one.
ONCE := $(foreach place,accounts contract dryrun fuzz hostile recall sandbox test_access.py,\
	tests/$(place))
ON_EACH := $(ALONE) $(foreach place,$(ONCE),--ignore $(place))
# Half of what is tried on each database, so that neither core waits long for the other at the end.
PAGES := tests/views tests/orders
# What is called with these servers, where they answer.
on_services = if $(VENV)/python -m tests.services '$(TEST_DATABASE_URL)' '$(TEST_REDIS_URL)'; then \
	DATABASE_URL='$(TEST_DATABASE_URL)' CELERY_BROKER_URL='$(TEST_REDIS_URL)' \
	REDIS_URL='$(TEST_REDIS_URL)' $(1); fi
# What a production deployment would set, for `check --deploy`.
DEPLOYED := SECRET_KEY=$$($(VENV)/python -c 'import secrets; print(secrets.token_urlsafe(50))') \
	ENCRYPTION_KEYS=$$(SECRET_KEY=unused $(VENV)/python manage.py new_key) \
	PUBLIC_URL=https://recalldash.example ALLOWED_HOSTS=recalldash.example SANDBOX=0

.PHONY: run sandbox chaos load soak test check lint alone-test services-alone-test browser-test chaos-test test-once test-pages test-each services-test cluster lock venv venv-dev chromium clean audit fuzz venv-tools
.DEFAULT_GOAL := help

help:
	@echo "make run            the dashboard with its sandbox (PORT=8000 DATA_DIR=.data)"
	@echo "make sandbox        Recall's sandbox alone (PORT=8000 SPEED=1 DATA_DIR=.data)"
	@echo "make test           every test, in a real browser too"
	@echo "make check          format, lint, types, layers, deployment, then every test"
	@echo "make services-test  the tests on PostgreSQL and Redis, where they answer"
	@echo "make chaos          webhooks and orders while everything is killed (EVENTS=20000 ORDERS=2000)"
	@echo "make load           everything at once for a few minutes, how much and how fast (MINUTES=3)"
	@echo "make soak           an hour of ordinary life, and whether anything grew (MINUTES=60)"
	@echo "make cluster        three web processes, four workers, a proxy, and each of them killed"
	@echo "make audit          known flaws of every locked package (needs the internet)"
	@echo "make fuzz           strange bytes for the webhook parser and the link finder (SECONDS=60)"
	@echo "make lock           pin the requirements anew"

run sandbox: export PORT := $(PORT)
run sandbox: export DATA_DIR := $(DATA_DIR)
run: venv
	@exec $(VENV)/python -m recalldash.processes run

sandbox: export SPEED := $(SPEED)
sandbox: venv
	@exec $(VENV)/python -m recalldash.processes sandbox

test: venv-dev chromium
	@$(MAKE) --no-print-directory READY=yes alone-test
	@$(SIDE_BY_SIDE) browser-test test-once chaos-test test-pages test-each

check: lint chromium
	@$(MAKE) --no-print-directory READY=yes alone-test services-alone-test
	@$(SIDE_BY_SIDE) browser-test test-once services-test chaos-test test-pages test-each

# How fast something is shows only where nothing runs beside it.
alone-test: $(NEEDS_BROWSER)
	@$(PYTEST) -m alone tests/browser tests/orders

services-alone-test: $(NEEDS)
	@$(call on_services,$(PYTEST) --only-with-database -m alone tests/orders)

browser-test: $(NEEDS_BROWSER)
	@$(PYTEST) -m "not alone" tests/browser

# Not made to wait long for a core: what they start, or kill, comes up in true time, too.
chaos-test: $(NEEDS)
	@$(PYTEST) $(TRUE_TIME)

test-once: $(NEEDS)
	@$(MAKING_WAY) $(PYTEST) $(ONCE)

test-pages: $(NEEDS)
	@$(MAKING_WAY) $(PYTEST) -m "not alone" $(PAGES)

test-each: $(NEEDS)
	@$(MAKING_WAY) $(PYTEST) $(ON_EACH) $(foreach place,$(PAGES),--ignore $(place))

lint: venv-dev
	$(VENV)/ruff format --check .
	$(VENV)/ruff check .
	$(VENV)/mypy
	$(VENV)/lint-imports
	@DATA_DIR=$$(mktemp -d) $(VENV)/python manage.py makemigrations --check --dry-run
	find templates bots -name '*.html' -exec $(VENV)/djade --check --target-version 5.2 {} +
	$(VENV)/djlint --lint --quiet templates bots
	@$(DEPLOYED) $(VENV)/python manage.py check --deploy --fail-level WARNING

services-test: $(NEEDS)
	@$(call on_services,$(MAKING_WAY) $(PYTEST) --only-with-database -m "not alone" $(ON_EACH))

# Ten minutes on servers of its own; what it prints is told in docs/reliability.md.
chaos: venv-dev
	@$(VENV)/python -m tests.chaos.run $(EVENTS) $(ORDERS) $(SEED)

# On DATABASE_URL and CELERY_BROKER_URL, or else on the servers of the tests, where they answer; what
# they print is told in benchmarks/README.md.
load: MINUTES := $(if $(filter command% env%,$(origin MINUTES)),$(MINUTES),3)
soak load: export DATABASE_URL := $(or $(DATABASE_URL),$(TEST_DATABASE_URL))
soak load: export CELERY_BROKER_URL := $(or $(CELERY_BROKER_URL),$(LOAD_REDIS_URL))
soak load: venv-dev
	@$(VENV)/python -m benchmarks.$@ $(MINUTES)

# Needs nginx, PostgreSQL and Redis; what it prints is told in docs/deploy.md.
cluster: venv-dev chromium
	@$(VENV)/python -m tests.cluster

# 1: a package is bad or was passed over; 3: no way to the advisories, nothing was checked.
audit: venv-tools
	@$(VENV)/python -m tests.audit

fuzz: export SECONDS := $(SECONDS)
fuzz: venv-tools
	@$(VENV)/python -m tests.fuzz.run

# A lock that names no registry: uv.lock, which does, stays out of the repository.
lock: venv
	@$(VENV)/python -m pip install --quiet uv
	$(VENV)/uv lock
	$(VENV)/uv export --quiet --frozen --no-emit-project --no-default-groups -o requirements.txt
	$(VENV)/uv export --quiet --frozen --no-emit-project --group dev -o requirements-dev.txt
	$(VENV)/uv export --quiet --frozen --no-emit-project --only-group tools -o requirements-tools.txt

venv:
	@$(PYTHON) recalldash/venv.py requirements.txt

venv-tools: venv
	@$(PYTHON) recalldash/venv.py requirements-tools.txt

venv-dev:
	@$(PYTHON) recalldash/venv.py requirements-dev.txt

chromium:
	@$(PYTHON) tests/browser/chromium.py

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
