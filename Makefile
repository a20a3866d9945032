# What people type. Everything that it makes is in .venv/, in .local/ and in the user's cache folder.
STACK ?= dev
PYTHON ?= python3
RUN := .venv/bin/python -m

# What a person waits for begins here, with the packages that are still to be installed.
export STARTED := $(shell date +%s)

# Python keeps its bytecode even where the environment forbids it: to compile a cloud's SDK anew takes longer than all else.
export PYTHONDONTWRITEBYTECODE :=

# What is typed, as it is typed: make would expand `$(shell ...)` in it, and so would a shell that reads it in a command.
# So make takes each value as a text that it never expands, and hands it on through the environment.
TYPED := STACK CONFIRM KEY DELIVERY BASE HEAD CLOUD FORMAT OUTPUT PRUNE
$(foreach name,$(TYPED),$(eval override $(name) := $$(value $(name))))
export $(TYPED)

.DEFAULT_GOAL := help
.PHONY: help up preview preview-cloud destroy sync ui env \
	cluster-up cluster-down cluster-status cluster-reset down clean \
	render render-check manifests calendar diff inventory \
	venv venv-dev requirements check fix lint audit docs explain test test-unit test-programs test-integration \
	coverage bench bench-gitops

help: ## Show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-18s%s\n", $$1, $$2 }' $(MAKEFILE_LIST)

up: venv ## Bring an environment to life on the embedded cluster (STACK=dev or another Pulumi.<stack>.yaml, DELIVERY=direct|gitops)
	@$(RUN) tools.local up --stack "$$STACK" --delivery "$$DELIVERY"

preview: venv ## Show what `make up` would change, and what somebody else has changed (STACK=...)
	@$(RUN) tools.local preview --stack "$$STACK"

preview-cloud: ## Show what a stack makes in a cloud, SIMULATED (STACK=production, CLOUD=eks|gke|aks)
	@$(PYTHON) tools/dev/venv.py --cloud "$${CLOUD:-eks}"
	@$(RUN) tools.embedded.clouds preview --stack "$$STACK" $(if $(CLOUD),--cloud "$$CLOUD")

destroy: venv ## Remove an environment from the embedded cluster (STACK=...; of production, CONFIRM has to say the name again)
	@$(RUN) tools.local destroy --stack "$$STACK" --confirm "$$CONFIRM"

env: venv ## Print what makes plain pulumi and kubectl work here (README says how)
	@$(RUN) tools.local env

sync: venv ## Have Argo CD apply by hand what is in Git (STACK=production, with delivery gitops; PRUNE=yes to delete too)
	@$(RUN) tools.local sync --stack "$$STACK" $(if $(PRUNE),--prune) --confirm "$$CONFIRM"

ui: venv ## Start Argo CD's own server on loopback, and say how to log in
	@$(RUN) tools.local ui

render: venv ## Write rendered/, the manifests that Argo CD syncs, for all stacks
	@$(RUN) tools.render

render-check: venv ## Fail when rendered/ is stale, and say where
	@$(RUN) tools.render --check

manifests: venv ## Provide what Argo CD and the add-ons are installed from, from the Go module registry where need be
	@$(RUN) tools.install_manifests

diff: venv ## Show what a change does to all environments (BASE=main; HEAD=what lies here; FORMAT=html OUTPUT=file)
	@$(RUN) review diff $(if $(BASE),--base "$$BASE") $(if $(HEAD),--head "$$HEAD") \
		$(if $(FORMAT),--format "$$FORMAT") $(if $(OUTPUT),--output "$$OUTPUT")

inventory: venv ## Show every object of an environment, who applies it and what makes it (STACK=...)
	@$(RUN) review inventory --stack "$$STACK"

calendar: venv ## Show when an environment may be synced (STACK=production)
	@$(RUN) tools.explain --stack "$$STACK" --calendar

cluster-up: venv ## Start the embedded cluster
	@$(RUN) tools.embedded.cluster up

cluster-status: venv ## Show what of it runs
	@$(RUN) tools.embedded.cluster status

cluster-down: venv ## Stop it; its data stays
	@$(RUN) tools.embedded.cluster down

cluster-reset: venv ## Stop it, and delete its data and what Pulumi knows of it
	@$(RUN) tools.local reset

down: venv ## Stop everything that `make up` started; the data stays
	@$(RUN) tools.local down

clean: ## Stop everything and delete all that was made in this checkout (the user's cache stays)
	@if [ -d .local ]; then $(MAKE) --no-print-directory down; fi
	@rm -rf .local .venv .venv.lock .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage coverage.xml
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

test: test-unit test-programs test-integration ## Run all tests

test-unit: venv-dev ## Run the tests of single parts
	@$(RUN) pytest -n auto tests/unit

test-programs: venv-dev ## Run whole commands that need no cluster, and the program on 150 made-up configurations
	@$(RUN) pytest -n auto --dist worksteal tests/programs

test-integration: venv-dev ## Run the tests on the real engine and the embedded cluster
	@$(RUN) pytest -n auto --dist loadgroup tests/integration

coverage: venv-dev ## Run the tests that need no cluster, and say which lines they did not run (coverage.xml)
	@$(RUN) pytest -n auto tests/unit tests/programs --ignore tests/programs/test_properties.py \
		-p pytest_cov --cov --cov-report=term --cov-report=xml

check: venv-dev ## Check a change in seconds: linters without mypy, and the unit tests of what differs from BASE (main)
	@$(RUN) tools.dev.check $(if $(BASE),--base "$$BASE")

fix: venv-dev ## Fix what can be fixed automatically: lint, format, generated pages
	@$(RUN) ruff check --fix --quiet . || true
	@$(RUN) ruff format --quiet .
	@$(MAKE) --no-print-directory docs

# Reading the clouds' SDKs takes mypy four minutes, the first time; a new checkout need not do it again.
lint: venv-dev ## Run the linters and the type checker
	@$(RUN) ruff check .
	@$(RUN) ruff format --check .
	@.venv/bin/lint-imports --no-cache
	@MYPY_CACHE_DIR="$${XDG_CACHE_HOME:-$$HOME/.cache}/smarthr360-platform/mypy" $(RUN) mypy
	@$(RUN) tools.dev.workflows
	@$(RUN) tools.dev.requirements --check

audit: venv-dev ## Look for secrets in all of the history, and for known vulnerabilities of what is pinned (asks PyPI)
	@$(RUN) tools.dev.audit

bench: venv ## Measure, as ratios against what one would run instead (takes dev down and up again)
	@$(RUN) bench.environment

bench-gitops: venv ## Measure GitOps against Pulumi applying the same (takes dev down)
	@$(RUN) bench.gitops

docs: venv-dev ## Write the generated pages anew
	@$(RUN) tools.pages

explain: venv ## Say where a value comes from (STACK=production KEY=api.autoscaling.max; without KEY: all of the file)
	@$(RUN) tools.explain --stack "$$STACK" $(if $(KEY),--key "$$KEY")

requirements: venv-dev ## Pin anew, with hashes, what pyproject.toml asks for (asks PyPI)
	@$(RUN) tools.dev.requirements

venv: ## Install what the program needs, with the SDK of a cloud where one is named (CLOUD=eks|gke|aks)
	@$(PYTHON) tools/dev/venv.py --cloud "$$CLOUD"

venv-dev: ## Make .venv with everything that the tests and the linters need
	@$(PYTHON) tools/dev/venv.py --dev
