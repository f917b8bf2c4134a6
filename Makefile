# `make` alone lists the targets. PYTHON, OUT, ARGS and WORKERS may be given: make bench ARGS=--quick

PYTHON  ?= python3.11
OUT     ?= out/quickstart
WORKERS ?= 1
ARGS    ?=
VENV    := .venv
BIN     := $(VENV)/bin
READY   := $(VENV)/.ready
DEV     := $(VENV)/.ready-dev

# What the bpy wheel links to, and the Debian packages that have it.
LIBRARIES := libX11.so.6:libx11-6 libXrender.so.1:libxrender1 libXfixes.so.3:libxfixes3 libXi.so.6:libxi6 \
  libXext.so.6:libxext6 libxkbcommon.so.0:libxkbcommon0 libSM.so.6:libsm6 libICE.so.6:libice6 libGL.so.1:libgl1

.DEFAULT_GOAL := help
.PHONY: help env env-dev system browser quickstart test test-fast fuzz lint format bench chaos tables doctor clean

help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

env: system $(READY)  ## make the virtual environment .venv with what rendering needs

env-dev: env $(DEV)  ## add what tests, linters and the aligner need

$(READY): pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet -e .
	@touch $@

$(DEV): $(READY) constraints.txt
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[dev,align,ray,slurm,export,s3,evaluate]'
	@touch $@

system:  ## check the system libraries that Blender needs (Linux); as root on Debian, install them
	@if [ "$$(uname -s)" = Linux ]; then \
	  found=$$(PATH=$$PATH:/sbin:/usr/sbin ldconfig -p 2>/dev/null || true); packages=; \
	  for pair in $(LIBRARIES); do \
	    case "$$found" in *"$${pair%%:*}"*) ;; *) packages="$$packages $${pair##*:}";; esac; \
	  done; \
	  $(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || packages="$$packages python3 python3-venv"; \
	  if [ -z "$$packages" ]; then exit 0; fi; \
	  echo "Blender needs system packages that are missing:$$packages"; \
	  if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $$packages; \
	  else \
	    echo "on Debian or Ubuntu: sudo apt-get install -y$$packages"; exit 1; \
	  fi; \
	fi

quickstart: env  ## render a small data set with the built-in library, check it and write its page
	$(BIN)/dsia-gen render quickstart -o $(OUT) --workers $(WORKERS)
	$(BIN)/dsia-gen dataset validate $(OUT)
	$(BIN)/dsia-gen dataset report $(OUT)

browser:
	@if command -v chromedriver >/dev/null; then exit 0; fi; \
	if [ "$$(id -u)" = 0 ] && command -v apt-get >/dev/null; then \
	  apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends chromium chromium-driver; \
	else \
	  echo "the report is tested in a browser, which is missing (skipped): sudo apt-get install -y chromium chromium-driver"; \
	fi

test: env-dev lint browser  ## all tests, after the linters
	$(BIN)/python -m pytest $(ARGS)

test-fast: env-dev  ## the tests that start no Blender, no Ray, no browser and no other processes
	$(BIN)/python -m pytest -n auto -m 'not blender and not ray and not slow and not browser' $(ARGS)

fuzz: env-dev  ## damage files for every reader: make fuzz ARGS='--cases 100000 --jobs 2', or --seconds 600, or a TARGET
	$(BIN)/python -m tests.fuzz $(ARGS)

lint: env-dev  ## ruff, mypy and the import contracts
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

format: env-dev  ## let ruff put the source in form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

chaos: env-dev  ## kill, freeze, rob and cut off renders for ten minutes, and compare what comes of it (ARGS='--seed 1')
	$(BIN)/python -m tests.chaos $(ARGS)

bench: env-dev  ## measure the figures of the README as ratios (ARGS=--quick for a small run)
	$(BIN)/python -m bench $(ARGS)

tables: env  ## write the files that follow a table of the code: the objects manifest and docs/outputs.md
	$(BIN)/python -c "from dsia_gen.procedural.manifest_text import manifest_text as t; print(t(), end='')" > .tables.tmp
	mv .tables.tmp assets_manifest/objects.yaml
	$(BIN)/python -c "from tests.outputs_page import outputs_markdown as t; print(t(), end='')" > .tables.tmp
	mv .tables.tmp docs/outputs.md

doctor: env  ## what works on this machine, and what to do about the rest
	$(BIN)/dsia-gen doctor

clean:  ## remove the environment, caches and what quickstart made
	rm -rf $(VENV) out build dist .pytest_cache .mypy_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
