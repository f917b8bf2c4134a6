# `make` alone lists the targets. PYTHON, JOB, OUT, ARGS, VERSION and WORKERS may be given: make bench ARGS=--quick

PYTHON  ?=
JOB     ?= quickstart
OUT     ?= out/quickstart
WORKERS ?= 1
ARGS    ?=
VERSION ?=
VENV    := .venv
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready
FAST    := not blender and not ray and not slow and not browser
DEV     := $(VENV)/.ready-dev

# The scripts see which Python was asked for; without one they take what is there.
export PYTHON

.DEFAULT_GOAL := help
.PHONY: help env env-dev system browser quickstart test test-fast fuzz lint format bench chaos tables docs lock release doctor clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: system $(READY)  ## make the virtual environment .venv with what rendering needs

env-dev: system $(DEV)  ## add what tests, linters and the aligner need

$(READY): pyproject.toml | system
	@install/environment.sh $(VENV)
	@touch $@

$(DEV): pyproject.toml pylock.toml constraints.txt | system
	@install/environment.sh $(VENV) dev
	@touch $(READY) $@

system:  ## look for a Python and the libraries that Blender needs; as root on Debian or Ubuntu, install what is missing
	@install/system.sh

quickstart: env  ## render a small data set with the built-in library, check it, write its page and open it
	$(BIN)/dsia-gen quickstart $(JOB) -o $(OUT) --workers $(WORKERS)

browser:
	@if command -v chromedriver >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  echo "installing system packages: chromium chromium-driver"; \
	  { apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q -y -o Dpkg::Use-Pty=0 install \
	    --no-install-recommends chromium chromium-driver; } >$(VENV)/browser.log 2>&1 </dev/null \
	    || echo "the browser could not be installed (see $(VENV)/browser.log): the tests of the report are skipped"; \
	else \
	  echo "the report is tested in a browser, which is missing (skipped): sudo apt-get install -y chromium chromium-driver"; \
	fi

# The first part shares nothing and runs on all cores; Blender, Ray and the browser take the machine for themselves.
# 5: ARGS may choose tests of one part alone.
test: env-dev lint browser  ## all tests, after the linters
	$(BIN)/python -m pytest -n logical -m 'not blender and not ray and not browser' $(ARGS) || [ $$? = 5 ]
	$(BIN)/python -m pytest -m 'blender or ray or browser' $(ARGS) || [ $$? = 5 ]

test-fast: env-dev  ## the tests that start no Blender, no Ray, no browser and no other processes
	$(BIN)/python -m pytest -n logical -m '$(FAST)' $(ARGS)

fuzz: env-dev  ## damage files for every reader: make fuzz ARGS='--cases 100000 --jobs 2', or --seconds 600, or a TARGET
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: env-dev  ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	@if $(BIN)/python -c 'import numpy, sys; sys.exit(int(numpy.__version__.split(".")[0]) > 1)'; then echo $(BIN)/mypy; $(BIN)/mypy; \
	  else echo "mypy is left out: types are checked against the stubs of NumPy 1, as Python 3.11 with bpy 4.5 has it"; fi
	$(BIN)/lint-imports

format: env-dev  ## let ruff put the source in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

chaos: env-dev  ## kill, freeze, rob and cut off renders for ten minutes, and compare what comes of it (ARGS='--seed 1')
	$(BIN)/python -m tests.chaos $(ARGS)

bench: env-dev  ## measure the figures of docs/figures.md as ratios (ARGS=--quick for a small run)
	$(BIN)/python -m bench $(or $(ARGS),--all)

tables: env  ## write the files that follow a table of the code: the objects manifest, docs/outputs.md, docs/configuration.md, schemas/
	$(BIN)/python -c "from dsia_gen.procedural.manifest_text import manifest_text as t; print(t(), end='')" > .tables.tmp
	mv .tables.tmp assets_manifest/objects.yaml
	$(BIN)/python -c "from tests.outputs_page import outputs_markdown as t; print(t(), end='')" > .tables.tmp
	mv .tables.tmp docs/outputs.md
	$(BIN)/python -c "from tests.configuration_page import configuration_markdown as t; print(t(), end='')" > .tables.tmp
	mv .tables.tmp docs/configuration.md
	for kind in job scene; do $(BIN)/dsia-gen config schema $$kind > .tables.tmp && mv .tables.tmp schemas/$$kind.json; done

docs: env-dev  ## build the site of the documentation into site/, every warning an error (make docs ARGS=serve shows it)
	$(BIN)/mkdocs $(if $(ARGS),$(ARGS),build)

release: env-dev  ## check, build and list what is to be signed off: make release VERSION=1.2.3
	PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python install/release.py $(VERSION) $(ARGS)

lock:  ## bring uv.lock and pylock.toml up to date with pyproject.toml (needs uv)
	uv lock
	uv export --quiet --locked --format pylock.toml --extra align --extra evaluate --extra export --extra match --extra ray --extra s3 \
	  --extra slurm --extra view --group dev --prune torch --no-emit-project -o pylock.toml

doctor:  ## what works on this machine, and what to do about the rest
	@install/system.sh --check || true
	@test -x $(BIN)/dsia-gen || install/environment.sh $(VENV)
	@$(BIN)/dsia-gen doctor

clean:  ## remove the environment, caches and what quickstart made
	rm -rf $(VENV) $(VENV)-uv out build dist site .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
