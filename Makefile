# Everything a person does with Verdict. `make` lists it.
STACK ?= verdict
PYTHON ?= python3
PARAMETERS ?=
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
# The images' tag is the hash of what is in them, so that a tag never changes its meaning.
IN_IMAGES := .dockerignore training models/base models/imdb
TAG = $(shell git ls-tree HEAD $(IN_IMAGES) | git hash-object --stdin | cut -c 1-12)
# Where on AWS: REGION=…, else as the AWS CLI is told; everything that is called from here is told the same.
ifneq ($(filter deploy delete,$(MAKECMDGOALS)),)
REGION := $(or $(REGION),$(AWS_REGION),$(AWS_DEFAULT_REGION),$(shell aws configure get region))
$(if $(REGION),,$(error No region is set: say where, as in `make $(MAKECMDGOALS) REGION=eu-central-1`, or type `aws configure`))
export AWS_REGION := $(REGION)
export AWS_DEFAULT_REGION := $(REGION)
endif
output = $$(aws cloudformation describe-stacks --stack-name $(STACK) --query "Stacks[0].Outputs[?OutputKey=='$(1)'].OutputValue" --output text)

ifneq ($(DOCKER),no)
IMAGE := image
IN_CONTAINER := --use-container
# Before the stack that names the images, where their repository exists; after it on the first deployment.
define push
repository=$$(aws ecr describe-repositories --repository-names $(STACK) --query "repositories[0].repositoryUri" --output text); \
aws ecr get-login-password | docker login --username AWS --password-stdin $${repository%%/*}; \
for target in train serve; do \
  if aws ecr describe-images --repository-name $(STACK) --image-ids imageTag=$$target-$(TAG) >/dev/null 2>&1; then continue; fi; \
  docker tag $(STACK):$$target-$(TAG) $$repository:$$target-$(TAG); \
  docker push $$repository:$$target-$(TAG); \
done
endef
else
push := true
endif

.PHONY: help run drop sam-local test test-containers coverage check fix lock image deploy delete

help:            ## list what there is to do
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1 \2/p' $(MAKEFILE_LIST)

run: .venv/ready .venv-emulator/ready ##             start the local cloud with a model, open the page, train on the example reviews
	$(BIN)/python -m local up --first-model models/imdb --first examples/reviews.csv --open

drop: .venv/ready ## FILE=…      drop a dataset into the running local cloud and follow what becomes of it
	@$(BIN)/python -m local drop "$(FILE)"

sam-local: .venv/ready .venv-sam/ready ##        prepare `sam local` for the running local cloud (needs Docker)
	$(BIN)/python -m local sam --sam $(SAM) $(OPTIONS)

test: .venv/ready .venv-emulator/ready ##            run the tests, but for those in containers
	$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal --ignore tests/containers

test-containers: .venv/ready .venv-emulator/ready ##  run images, the loop in containers and sam local (needs Docker, .venv-sam; minutes)
	$(BIN)/python -m pytest tests/containers

coverage: .venv/ready ##        show which lines the unit tests reach, and fail where that are fewer than they were
	$(BIN)/python -m pytest -q tests/unit --cov

check: .venv/ready .venv-sam/ready ##           what CI checks besides: lint, format, types, template; edits nothing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy training local operations benchmarks
	for function in functions/*/; do (cd $$function && ../../$(BIN)/mypy --config-file ../../pyproject.toml --cache-dir ../../.mypy_cache .); done
	AWS_DEFAULT_REGION=us-east-1 $(SAM) validate --lint

fix: .venv/ready ##             format and mend what can be mended by itself
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock: .venv/ready ##            lock what images, layer and functions are made of, after a change in their requirements
	cd training; for target in serve train; do \
	  ../$(LOCK) requirements-$$target.txt --output-file requirements-$$target.lock; \
	  awk '/^[a-z]/ {skip = /^(torch|triton|cuda-|nvidia-)/} !skip' requirements-$$target.lock >lock.tmp; \
	  mv lock.tmp requirements-$$target.lock; \
	done    # torch and CUDA come from an index of their own: training/Dockerfile
	cd training; ../$(LOCK) requirements.in --output-file requirements.txt
	cd functions; ../$(LOCK) requirements.in --output-file start_training/requirements.txt
	for function in deploy_endpoint predict_sentiment; do cp functions/start_training/requirements.txt functions/$$function/; done

image:           ##           build the container images (needs Docker)
	@test -z "$$(git status --porcelain $(IN_IMAGES))" || { echo "Commit your changes in $(IN_IMAGES) first: the images' tag is their hash."; exit 1; }
	for target in train serve; do docker build --platform linux/amd64 --file training/Dockerfile --target $$target --tag $(STACK):$$target-$(TAG) .; done

deploy: $(IMAGE) .venv-sam/ready ##          deploy to AWS: stack, images, page (needs Docker, the AWS CLI and credentials)
	if aws ecr describe-repositories --repository-names $(STACK) >/dev/null 2>&1; then $(push); fi
	$(SAM) build $(IN_CONTAINER)
	$(SAM) deploy --stack-name $(STACK) --region $(REGION) --parameter-overrides ImageTag=$(TAG) $(PARAMETERS)
	$(push)
	aws s3 sync frontend "s3://$(call output,PageBucketName)" --delete
	.venv-sam/bin/python operations/first_model.py --stack-name $(STACK)
	aws cloudfront create-invalidation --distribution-id $(call output,DistributionId) --paths '/*' >/dev/null
	@echo "Page:    $(call output,PageUrl)"
	@echo "Drop at: $(call output,DatasetUri)"

delete: .venv/ready ##          delete everything from AWS, data included, and list what is left
	$(BIN)/python operations/delete.py --stack-name $(STACK)

.venv/ready: requirements-dev.txt training/requirements.in training/requirements-train.txt training/requirements-serve.txt local/requirements.txt functions/requirements.in
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Verdict needs Python 3.11 or newer: make PYTHON=python3.13 run")'
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --requirement requirements-dev.txt
	@touch $@

.venv-emulator/ready: requirements-emulator.txt training/requirements.txt $(wildcard functions/*/requirements.txt)
	$(PYTHON) -m venv .venv-emulator
	.venv-emulator/bin/pip install --quiet --disable-pip-version-check --requirement requirements-emulator.txt
	for file in $(filter-out requirements-emulator.txt,$^); do \
	  .venv-emulator/bin/pip install --quiet --disable-pip-version-check --upgrade --requirement $$file \
	    --target .venv-emulator/functions/$$(basename $$(dirname $$file)); \
	done    # what each function may import, and no more
	@touch $@

.venv-sam/ready: requirements-sam.txt
	$(PYTHON) -m venv .venv-sam
	.venv-sam/bin/pip install --quiet --disable-pip-version-check --requirement requirements-sam.txt
	@touch $@

.venv-sagemaker/ready: requirements-sagemaker.txt training/requirements.in
	$(PYTHON) -m venv .venv-sagemaker
	.venv-sagemaker/bin/pip install --quiet --disable-pip-version-check --requirement requirements-sagemaker.txt
	@touch $@
