# Winnow. `make demo` and `make test` do all the set-up themselves.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory
PY := .venv/bin/python
PROCESSES := $(PY) -m apps.core.processes
# A dozen processes that each compile all modules again cost more than the cache.
unexport PYTHONDONTWRITEBYTECODE
export WINNOW_ENGINE := $(or $(ENGINE),$(WINNOW_ENGINE))

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: setup ## From SQL files to pairs on a page, in one go (ENGINE=llama|vllm|vllm-cpu)
	@$(PY) -u manage.py demo $(if $(ENGINE),--engine $(ENGINE))

setup: .venv/.setup ## Make .venv with the locked requirements

.venv/.setup: requirements.txt scripts/bootstrap scripts/uv.txt
	@scripts/bootstrap

.venv/.setup-dev: requirements.txt requirements-dev.txt scripts/bootstrap scripts/uv.txt
	@scripts/bootstrap --dev
	@touch .venv/.setup

.venv/.browser: | .venv/.setup-dev
	@scripts/browser

browser: .venv/.setup-dev ## Find or install a chromium for the browser tests
	@scripts/browser

up: setup ## Run everything here until Ctrl-C
	@$(PROCESSES) up

start: setup ## Run everything in the background; return when it is ready
	@$(PROCESSES) start

stop: setup ## End everything, also after a crash
	@$(PROCESSES) stop

status: setup ## Show every process with its port and address
	@$(PROCESSES) status || [ $$? -eq 3 ]

clean-data: setup ## Delete databases, exports and logs; asks first (YES=1 does not)
	@$(PROCESSES) clean-data $(if $(YES),--yes)

backup: setup ## Back up database and files, also while it runs (TO=folder)
	@$(PY) manage.py backup $(if $(TO),--to $(TO))

restore: setup ## Bring a backup back: FROM=folder (asks first; YES=1 does not)
	@$(PY) manage.py restore $(FROM) $(if $(YES),--yes)

upgrade: setup ## After new code came: stop, back up, migrate
	@$(PROCESSES) stop
	@$(PY) manage.py upgrade $(if $(TO),--to $(TO))

schema: .venv/.setup-dev ## Write apps/core/fresh.sql.gz anew, after a migration was added
	@$(PY) scripts/schema.py

test: .venv/.setup-dev .venv/.browser ## Run all tests (ARGS= goes to pytest)
	@CHROMIUM="$$(cat .venv/.browser)" .venv/bin/pytest -n auto $(ARGS)

test-ordinary: .venv/.setup-dev ## The attacks as an ordinary user, also when root asks (ARGS=)
	@$(PY) -m tests.sandboxes
	@scripts/as-ordinary-user .venv/bin/pytest -p no:cacheprovider -n 2 tests/attacks $(ARGS)

screenshots: .venv/.setup-dev .venv/.browser ## Make the pictures of README and docs anew (docs/pictures)
	@CHROMIUM="$$(cat .venv/.browser)" .venv/bin/pytest -q -p no:cacheprovider tests/browser/pictures.py

.venv/.stylelint: scripts/stylelint scripts/node.txt scripts/css/package-lock.json | .venv/.setup-dev
	@scripts/stylelint

lint: .venv/.setup-dev .venv/.stylelint ## Formatting, lint, types, import contract, migrations, deployment check
	.venv/bin/ruff format --check .
	.venv/bin/ruff check .
	.venv/bin/djhtml --check --tabwidth 2 templates
	.venv/bin/oxlint --deny-warnings static
	.venv/bin/stylelint --max-warnings 0 "static/css/*.css"
	.venv/bin/mdformat --check README.md CHANGELOG.md CONTRIBUTING.md docs
	.venv/bin/mypy
	.venv/bin/lint-imports
	$(PY) manage.py makemigrations --check --dry-run
	WINNOW_HTTPS=1 $(PY) manage.py check --deploy --fail-level WARNING

# For every Python from 3.11.0 on: some parts need one package more on the first 3.11s.
COMPILE := .venv/bin/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-annotate --no-header
lock: .venv/.setup-dev ## Compile requirements*.in to requirements*.txt with hashes (UPGRADE=1: newest)
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements.in -o requirements.txt
	$(COMPILE) $(if $(UPGRADE),--upgrade) requirements-dev.in -o requirements-dev.txt
	@scripts/stylelint lock

.PHONY: help demo setup browser up start stop status clean-data backup restore upgrade schema test test-ordinary screenshots lint lock
