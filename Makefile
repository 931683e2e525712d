# Everything a person does with Verdict. `make` lists it.
STACK ?= verdict
PYTHON ?= python3
PARAMETERS ?=
export PARAMETERS   # the shell would take quotes out of it
# DOCKER=no leaves out what needs Docker: building and pushing the images, and SAM's containers to build the functions in,
# which takes a python3.13 on the PATH instead.
DOCKER ?= yes
# Tests wait for one another's processes now and then: half as many again as there are processors keep those busy.
WORKERS ?= $(shell echo $$(($$(getconf _NPROCESSORS_ONLN) * 3 / 2)))
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
export SAM_CLI_TELEMETRY = 0

BIN := .venv/bin
LOCK := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --only-binary :all: --generate-hashes --no-header \
  --no-emit-index-url --no-emit-find-links
SAM := .venv-sam/bin/sam
# The images' tag is the hash of what is in them, so that a tag never changes its meaning: of the Dockerfile, which pins its base,
# and of what .dockerignore lets through.
IN_IMAGES := .dockerignore training/Dockerfile $(shell sed -n 's/^!//p' .dockerignore) ':!models/*/README.md'
TAG = $(shell git ls-files --stage -- $(IN_IMAGES) | git hash-object --stdin | cut -c 1-12)
ifneq ($(filter deploy image,$(MAKECMDGOALS)),)
$(if $(shell git ls-files -- $(IN_IMAGES) 2>/dev/null),,$(error This is no git checkout, and the images' tag is the hash of what is \
committed: clone the repository, or type `git init && git add . && git commit -m Verdict` here))
endif
# Nobody here reads what else a builder would keep beside an image.
export BUILDX_NO_DEFAULT_ATTESTATIONS = 1
# Names of buckets, repositories, models and endpoints begin with the stack's, and it must end before what ends a run's.
NAME := [a-z][a-z0-9]*(-[a-z0-9]+)*
# Where on AWS: REGION=…, else as the AWS CLI is told; everything that is called from here is told the same.
ifneq ($(filter deploy delete,$(MAKECMDGOALS)),)
ifeq ($(shell export LC_ALL=C; echo '$(STACK)' | grep -Ex '.{2,26}' | grep -Ex '$(NAME)' | grep -Ev -- '-[0-9a-f]{12}(-|$$)'),)
$(error STACK=$(STACK) can't be: a stack's name has 2 to 26 lower-case letters, digits and single dashes, and begins with a letter; \
no part of it is 12 hexadecimal digits, as of runs)
endif
REGION := $(or $(REGION),$(AWS_REGION),$(AWS_DEFAULT_REGION),$(shell aws configure get region))
$(if $(REGION),,$(error No region is set: say where, as in `make $(MAKECMDGOALS) REGION=eu-central-1`, or type `aws configure`))
export AWS_REGION := $(REGION)
export AWS_DEFAULT_REGION := $(REGION)
TYPED := .aws-sam/parameters-$(REGION)-$(STACK).yaml
endif
output = $$(aws cloudformation describe-stacks --stack-name $(STACK) --query "Stacks[0].Outputs[?OutputKey=='$(1)'].OutputValue" --output text)

ifneq ($(DOCKER),no)
IMAGE := image
IN_CONTAINER := --use-container
push = .venv-sam/bin/python operations/push.py --stack-name $(STACK) --tag $(TAG)
else
push := true
endif

.PHONY: help run drop sam-local test test-containers coverage mutants check fix lock image may-deploy deploy delete

help: ## list what there is to do
	@awk -F ':.*## *' '/^[a-z-]+:.*## / {printf "  make %-17s%s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: .venv/ready .venv-emulator/ready ## start the local cloud with a model, open the page, train on the example reviews
	$(BIN)/python -m local up --first-model models/imdb --first examples/reviews.csv --open

drop: .venv/ready ## FILE=… drop a dataset into the running local cloud and follow what becomes of it; OPTIONS='--text-column …'
	@$(BIN)/python -m local drop "$(FILE)" $(OPTIONS)

sam-local: .venv/ready .venv-sam/ready ## prepare `sam local` for the running local cloud (needs Docker)
	$(BIN)/python -m local sam --sam $(SAM) $(OPTIONS)

test: .venv/ready .venv-emulator/ready ## run the tests, but for those in containers
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --ignore tests/containers

test-containers: .venv/ready .venv-emulator/ready ## run images, the loop in containers and sam local (needs Docker, .venv-sam; minutes)
	$(BIN)/python -m pytest -n 2 --dist loadfile tests/containers

coverage: .venv/ready ## show which lines the unit tests reach, and fail where they are fewer than before
	$(BIN)/python -m pytest -q tests/unit --cov

mutants: .venv/ready .venv-emulator/ready .venv-mutants/ready ## change the code at random, and fail where its unit tests notice too little (a quarter of an hour)
	.venv-mutants/bin/python tests/mutants.py $(FILES)

check: .venv/ready .venv-emulator/ready .venv-sam/ready .venv-checkov/ready ## what CI checks besides: lint, format, types, template, policies; edits nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy training local operations benchmarks
	for function in functions/*/; do (cd $$function && ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache .); done
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint
	$(BIN)/cfn-lint --regions us-east-1 eu-central-1 eu-south-2 us-west-1 --template template.yaml
	$(BIN)/python -m operations.scan

fix: .venv/ready ## format and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/ready ## lock what images, layer and functions are made of, after a change in their requirements
	cd training; for target in serve train; do \
	  ../$(LOCK) requirements-$$target.txt --output-file requirements-$$target.lock; \
	  awk '/^[a-z]/ {skip = /^(torch|triton|cuda-|nvidia-)/} !skip' requirements-$$target.lock >lock.tmp; \
	  mv lock.tmp requirements-$$target.lock; \
	done    # torch and CUDA come from an index of their own: training/Dockerfile
	cd training; ../$(LOCK) requirements.in --output-file requirements.txt
	cd functions; ../$(LOCK) requirements.in --output-file start_training/requirements.txt
	for function in deploy_endpoint predict_sentiment; do cp functions/start_training/requirements.txt functions/$$function/; done

image: ## build the container images (needs Docker)
	@test -z "$$(git status --porcelain -- $(IN_IMAGES))" || { echo "Commit your changes in training/ and models/ first: the images' tag is their hash."; exit 1; }
	for target in train serve; do docker build --platform linux/amd64 --file training/Dockerfile --target $$target --tag $(STACK):$$target-$(TAG) .; done

may-deploy: .venv-sam/ready
	@.venv-sam/bin/python operations/deploy.py begin --stack-name $(STACK) --parameters "$$PARAMETERS" --to $(TYPED)

deploy: may-deploy $(IMAGE) ## deploy to AWS: stack, images, page (needs Docker, the AWS CLI and credentials)
	$(push) --if-there    # before the stack that names the images; after it on the first deployment
	$(SAM) build $(IN_CONTAINER)
	$(SAM) deploy --stack-name $(STACK) --region $(REGION) --parameter-overrides ImageTag=$(TAG) file://$(TYPED)
	.venv-sam/bin/python operations/deploy.py end --stack-name $(STACK)
	$(push)
	aws s3 sync frontend "s3://$(call output,PageBucketName)" --delete
	.venv-sam/bin/python operations/first_model.py --stack-name $(STACK)
	aws cloudfront create-invalidation --distribution-id $(call output,DistributionId) --paths '/*' >/dev/null
	.venv-sam/bin/python operations/old_images.py --stack-name $(STACK)
	@echo "Page:    $(call output,PageUrl)"
	@echo "Drop at: $(call output,DatasetUri)"

delete: .venv-sam/ready ## delete everything from AWS, data included, and list what is left
	.venv-sam/bin/python operations/delete.py --stack-name $(STACK)

.venv/ready: requirements-dev.txt training/requirements.in training/requirements-train.txt training/requirements-serve.txt local/requirements.txt functions/requirements.in
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Verdict needs Python 3.11 or newer: make PYTHON=python3.13 run")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

.venv-emulator/ready: requirements-emulator.txt training/requirements.txt $(wildcard functions/*/requirements.txt)
	$(PYTHON) -m venv .venv-emulator
	.venv-emulator/bin/pip install --quiet --disable-pip-version-check --requirement requirements-emulator.txt
	rm -rf .venv-emulator/translated    # by another version of SAM's translator
	for file in $(filter-out requirements-emulator.txt,$^); do \
	  .venv-emulator/bin/pip install --quiet --disable-pip-version-check --upgrade --requirement $$file \
	    --target .venv-emulator/functions/$$(basename $$(dirname $$file)); \
	done    # what each function may import, and no more
	@touch $@

.venv-sam/ready: requirements-sam.txt
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/pip install --quiet --disable-pip-version-check --requirement requirements-sam.txt
	@touch $@

.venv-checkov/ready: requirements-checkov.txt
	$(PYTHON) -m venv .venv-checkov
	.venv-checkov/bin/pip install --quiet --disable-pip-version-check --requirement requirements-checkov.txt
	@touch $@

.venv-sagemaker/ready: requirements-sagemaker.txt training/requirements.in
	$(PYTHON) -m venv .venv-sagemaker
	.venv-sagemaker/bin/pip install --quiet --disable-pip-version-check --requirement requirements-sagemaker.txt
	@touch $@

.venv-mutants/ready: requirements-mutants.txt
	$(PYTHON) -m venv .venv-mutants
	.venv-mutants/bin/pip install --quiet --disable-pip-version-check --requirement requirements-mutants.txt
	@touch $@

.venv-schemathesis/ready: requirements-schemathesis.txt
	$(PYTHON) -m venv .venv-schemathesis
	.venv-schemathesis/bin/pip install --quiet --disable-pip-version-check --requirement requirements-schemathesis.txt
	@touch $@
