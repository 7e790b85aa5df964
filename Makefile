# Everything starts from here. `make help` lists what there is.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

SAM := .venv-sam
CHECKOV := .venv-checkov
TRAINING := .venv-training
TRAIN := PYTHONPATH=layers/classifier:layers/relief/python TOKENIZERS_PARALLELISM=false $(TRAINING)/bin/python -m

# What functions log and measure has no place among figures.
QUIET := POWERTOOLS_LOG_LEVEL=CRITICAL POWERTOOLS_METRICS_DISABLED=true

.DEFAULT_GOAL := help
.PHONY: help run demo drill test test-nightly check-policies baseline browser test-dynamodb lint chaos load fuzz mutation coverage capacity bench bench-classifier train train-small label compare card token schemas lock build package deploy test-sam checkov clean

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

drill: $(READY) ## a game day: an outage under load, thousands who wait, a function that is killed, the end (HANDOVERS=5000 MINUTES=30)
	@$(QUIET) $(BIN)/python -m tests.drill --hand-overs $(or $(HANDOVERS),5000) --minutes $(or $(MINUTES),30)

test: $(READY) browser ## run the tests
	@$(BIN)/python -m pytest

browser: ## see to it that there is a Chromium for the tests of the console (apt-get, where it may)
	@command -v chromium >/dev/null || command -v chromium-browser >/dev/null || command -v google-chrome >/dev/null || test -n "$$CHROMIUM" || \
	{ command -v apt-get >/dev/null && test "$$(id -u)" = 0 && apt-get -qq update >&2 && DEBIAN_FRONTEND=noninteractive apt-get -qq install -y --no-install-recommends chromium >&2; } || \
	echo "No Chromium, so the console's tests are left out: install one, or name it in CHROMIUM." >&2

test-nightly: $(READY) ## the promises over 10,000 random conversations with random policies: POLICIES=240
	@HYPOTHESIS_PROFILE=nightly POLICIES=$(or $(POLICIES),240) $(BIN)/python -m pytest -s tests/property/test_random_policies.py

check-policies: $(READY) ## prove every shipped policy, and decide the mission's examples
	@for policy in layers/relief/python/relief/decide/policies/*.yaml; do $(BIN)/python -m relief.decide check "$$policy" || exit 1; done
	@$(BIN)/python -m relief.measure mission

baseline: $(READY) ## run the gold conversations and the baseline, and keep the comparison that the console shows
	@$(BIN)/python -m relief.measure gold tests/gold --console layers/relief/python/relief/console/static/baseline.json

test-dynamodb: $(READY) ## run the table's tests against Amazon's own DynamoDB Local (needs Java 17 and npm)
	@engine=$$($(BIN)/python -m tests.dynamodb) && DYNAMODB_LOCAL="$$engine" $(BIN)/python -m pytest tests/dynamodb

# The command line of SAM pins what others need newer, so it has an environment of its own.
$(SAM)/.ready: pyproject.toml
	@test -x $(SAM)/bin/python || $(PYTHON) -m venv $(SAM)
	@$(SAM)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1" >&2
	@$(SAM)/bin/python -m pip install --quiet --disable-pip-version-check --group sam >&2
	@touch $@

build: $(SAM)/.ready ## build what is deployed: functions, layer, image (needs Python 3.13 and Docker)
	@STAGE=$(or $(STAGE),dev) bash .ci/sam build

deploy: build ## deploy to the AWS account of your credentials: STAGE=dev or prod, see samconfig.toml
	@$(SAM)/bin/sam deploy --config-env $(or $(STAGE),dev)

package: build ## upload what was built and write a template that names it: BUCKET=... REPOSITORY=...
	@test -n "$(BUCKET)" -a -n "$(REPOSITORY)" || { echo "Say where to: make package BUCKET=name REPOSITORY=registry/name"; exit 2; }
	@$(SAM)/bin/sam package --s3-bucket "$(BUCKET)" --image-repository "$(REPOSITORY)" --output-template-file .aws-sam/packaged.yaml

test-sam: $(READY) $(SAM)/.ready ## build with SAM and run every function in containers
	@bash .ci/sam test

lint: $(READY) ## everything that reads the code without running it
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/statelint statemachine/turn.asl.json
	@$(BIN)/statelint statemachine/incident.asl.json
	@$(BIN)/cfn-lint --regions eu-west-1 -- template.yaml

$(CHECKOV)/.ready: pyproject.toml
	@test -x $(CHECKOV)/bin/python || $(PYTHON) -m venv $(CHECKOV)
	@$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1" >&2
	@$(CHECKOV)/bin/python -m pip install --quiet --disable-pip-version-check --group checkov >&2
	@touch $@

checkov: $(CHECKOV)/.ready ## hold the template against checkov's rules; .ci/checkov.yaml has the exceptions, each with its reason
	@PYTHONWARNINGS=ignore $(CHECKOV)/bin/checkov --config-file .ci/checkov.yaml && echo "checkov found nothing."

chaos: $(READY) ## thousands of conversations under seeded faults, every promise checked (CONVERSATIONS=10000 SEEDS=50 MINUTES=, or SEED=7, SEED=7/31)
	@$(BIN)/python -m tests.chaos --seeds $(or $(SEEDS),50) --conversations $(or $(CONVERSATIONS),10000) $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED))

load: $(READY) ## traffic against the local stack, and a ledger of it (PROFILE=steady|spike|soak CLIENTS=8 SECONDS=600)
	@$(QUIET) $(BIN)/python -m tests.load --profile $(or $(PROFILE),steady) --clients $(or $(CLIENTS),8) --seconds $(or $(SECONDS),600)

fuzz: $(READY) ## 5,000 requests by the API's own document, and fuzzers with coverage on redaction and policies (SECONDS=120 each)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group fuzz
	@$(QUIET) $(BIN)/python -m tests.fuzz --requests $(or $(REQUESTS),5000) --seconds $(or $(SECONDS),120)

mutation: $(READY) ## change deciding, redaction and ownership at random places, and see whether the tests notice (MUTANTS=60 of each, SEED=1, MINUTES=20 for each)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --group mutation
	@$(BIN)/python -m tests.mutation --mutants $(or $(MUTANTS),60) --seed $(or $(SEED),1) --minutes $(or $(MINUTES),20)

coverage: $(READY) ## how many branches of the package the tests run; 95 % at least
	@$(BIN)/python -m tests.coverage

capacity: $(READY) ## what 10,000 turns a second take on AWS, and what gives way first (TURNS=10000)
	@$(BIN)/python -m tests.capacity --turns-a-second $(or $(TURNS),10000)

bench: $(READY) ## measure, and print one JSON object
	@$(BIN)/python -m tests.load.bench

bench-classifier: $(READY) ## measure the classifier beside named peers, where the training environment has them
	@$(BIN)/python -m tests.load.classifier

# Torch comes first and alone: what depends on it would bring a build for graphics cards.
$(TRAINING)/.ready: pyproject.toml
	@test -x $(TRAINING)/bin/python || $(PYTHON) -m venv $(TRAINING)
	@$(TRAINING)/bin/python -m pip install --quiet --disable-pip-version-check "pip>=25.1" torch==2.13.0
	@$(TRAINING)/bin/python -m pip install --quiet --disable-pip-version-check --group training --group classifier .
	@$(TRAINING)/bin/python -m pip uninstall --quiet --yes relief
	@touch $@

train: $(TRAINING)/.ready ## train the classifier: DATA=folder of public sets or of your own labelled messages (START=a model to go on from, LAYERS=so many of its layers; ENCODER=a model whose heads alone are fitted anew; OUT=where it goes)
	@test -n "$(DATA)" || { echo "Say which data: make train DATA=folder (see layers/classifier/train/examples/README.md)"; exit 2; }
	@$(TRAIN) train --data "$(DATA)" $(if $(START),--start "$(START)") $(if $(LAYERS),--layers "$(LAYERS)") $(if $(ENCODER),--encoder "$(ENCODER)") $(if $(OUT),--out "$(OUT)")

train-small: $(TRAINING)/.ready ## try every step of the training on a few hundred rows, in minutes without a graphics card: DATA=folder
	@test -n "$(DATA)" || { echo "Say which data: make train-small DATA=folder (see layers/classifier/train/examples/README.md)"; exit 2; }
	@$(TRAIN) train --data "$(DATA)" --small --out build/model-small

label: $(READY) ## verdicts and your own logs become training rows: REVIEWS=reviews.jsonl LOGS=logs.jsonl OUT=labelled.jsonl
	@test -n "$(REVIEWS)" -a -n "$(LOGS)" || { echo "Say of what: make label REVIEWS=reviews.jsonl LOGS=logs.jsonl (see README, Rolling out a policy)"; exit 2; }
	@PYTHONPATH=layers/classifier:layers/relief/python $(BIN)/python -m train.label --reviews "$(REVIEWS)" --logs "$(LOGS)" --out "$(or $(OUT),labelled.jsonl)"

compare: $(TRAINING)/.ready ## compare detection with VADER, keywords and TF-IDF, in the model card too: DATA=folder of public sets
	@$(TRAIN) train.compare $(if $(DATA),--data "$(DATA)" --into layers/classifier/MODEL_CARD.md)

card: $(TRAINING)/.ready ## measure slices, calibration and fairness, and put the tables into the model card
	@$(TRAIN) train.card --into layers/classifier/MODEL_CARD.md

token: $(READY) ## print an access token for SCOPES="relief/turns ..." and nothing else
	@$(BIN)/python -m tests.local token --scopes "$(SCOPES)"

schemas: $(READY) ## write OpenAPI and the schemas of the workflow's states anew from the models
	@$(BIN)/python -m relief.api.openapi
	@$(BIN)/python -m relief.contracts.schemas statemachine/schemas

lock: $(READY) ## resolve the dependencies anew
	@sh .ci/lock $(BIN)

clean: ## remove what the other targets made
	@rm -rf $(VENV) $(SAM) $(CHECKOV) .local .aws-sam build
