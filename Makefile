# Two targets do all the set-up: `make demo` and `make test`. Python >= 3.11 is all they need.
PYTHON ?= $(shell for p in python3.13 python3.12 python3.11 python3.14 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
BIN := $(VENV)/bin

# What Python compiles is kept, whatever the machine is set to: the tests start hundreds of processes.
unexport PYTHONDONTWRITEBYTECODE

# Of the two lives of compose, the one that is here.
COMPOSE ?= $(shell docker compose version >/dev/null 2>&1 && echo docker compose || echo docker-compose)

.PHONY: demo test test-docker check bench lock image sbom clean

demo: $(VENV)/.installed
	$(BIN)/deskwatch demo

test: $(VENV)/.developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/pytest -n auto --dist worksteal

# The stack in a Docker engine: minutes, and both cores (docs/stack.md). COMPOSE=docker-compose is compose's first life.
test-docker: $(VENV)/.developing
	DESKWATCH_TEST_DOCKER=1 COMPOSE="$(COMPOSE)" $(BIN)/pytest tests/stack/test_docker.py

bench: $(VENV)/.developing
	$(BIN)/python -m bench

lock:
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header pyproject.toml -o requirements.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --group dev pyproject.toml -o requirements-dev.lock
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --no-header --group build -o docker/build.lock

# As docker-compose builds it, labelled with the commit.
image:
	REVISION=$$(git rev-parse HEAD) $(COMPOSE) build

sbom:
	@docker run --rm --network none --entrypoint cat deskwatch:$${DESKWATCH_VERSION:-latest} /opt/deskwatch/sbom.cdx.json

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "deskwatch needs Python 3.11 or newer; none was found" >&2; exit 1; }
	@$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "This Python comes without venv: on Debian and Ubuntu, 'apt install python3-venv' brings it" >&2; exit 1; }

# What the page is made of: installing builds it.
PAGE := $(shell find ui -path ui/node_modules -prune -o -type f -print 2>/dev/null)

# Python compiles what it imports; pip would compile all there is, which takes longer than bringing it.
INSTALL := $(BIN)/python -m pip install -q --no-compile

$(VENV)/.installed: $(VENV)/bin/python requirements.lock pyproject.toml hatch_build.py $(PAGE)
	$(INSTALL) --require-hashes -r requirements.lock
	DESKWATCH_PURE=1 $(INSTALL) --no-deps -e .
	@touch $@

$(VENV)/.developing: $(VENV)/.installed requirements-dev.lock
	$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
