# Everything from a bare Debian or Ubuntu with make and Python 3.11 or newer. `make` alone lists the targets.
#   make demo PYTHON=python3.13     another interpreter (the environment is made anew)

PYTHON    ?= python3
VENV      ?= .venv
SCHEDULES ?= 200
SEEDS     ?= 50
SCENES    ?= 200
GPU_PYTHON ?= 3.12
GPU_MODELS ?= blazepose-detector blazepose-full blazepose-full-mask selfie selfie-landscape
WHEELS    ?=
MINUTES   ?= 30
COMPOSE   ?= $(shell if docker compose version >/dev/null 2>&1; then echo docker compose; else echo docker-compose; fi)

BIN     := $(VENV)/bin
VERSION := $(shell $(PYTHON) -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null)
MADE    := $(VENV)/.python-$(VERSION)
RUNTIME := $(MADE)-runtime
TOOLS   := $(MADE)-tools
PIP     := $(BIN)/python -m pip --disable-pip-version-check --quiet install
LOCK     = $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes \
           --no-emit-index-url --custom-compile-command 'make lock' pyproject.toml --group build
PEERS         := build/peers
BENCHED       := tests/bench/tracking
GPU_SITE      := build/gpu-site
GPU_PLATFORMS := manylinux_2_28_x86_64 manylinux_2_27_x86_64 manylinux_2_24_x86_64 manylinux_2_17_x86_64 \
                 manylinux2014_x86_64 manylinux_2_5_x86_64 manylinux1_x86_64
SECRET  := deploy/secrets/bus_password

.DEFAULT_GOAL := help
.PHONY: help demo test chaos faults falls suites soak score bench bench-gpu bench-tracking wheels-gpu check fmt lock \
        lock-peers up pictures models clean

help:  ## this list
	@sed -n 's/^\([a-z-]*\):.*  ## /\1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 16

demo: models  ## play the built-in room through the whole pipeline and print its events
	$(BIN)/python -m services demo

# Hundreds of processes start in the tests: what they compile is kept, even where the environment forbids it.
test: $(TOOLS) models  ## all tests but the long ones: real server, real models
	PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -q -n 3 --dist loadfile --no-loadscope-reorder \
	  --durations=10 -m 'not chaos and not bench'

chaos: $(TOOLS) models  ## long schedules of kills, pauses, lost replies and a rollback (SCHEDULES=200)
	KINESTREAM_CHAOS_SCHEDULES=$(SCHEDULES) $(BIN)/python -m pytest -q --durations=10 --timeout=0 -m chaos

faults: $(TOOLS)  ## what happens when cameras, networks and processes fail: a measured table
	$(BIN)/python -m tests.faults

falls: $(TOOLS)  ## fifty seeds of falling mannequins: nobody gets another name (SEEDS=50)
	KINESTREAM_FALL_SEEDS=$(SEEDS) $(BIN)/python -m pytest -q -n 2 tests/services/tracker/test_falls.py

suites: $(TOOLS)  ## falls told in synthetic scenes, by suite and factor (SUITES=falls, SCENES=200 of each)
	$(BIN)/kinestream eval events --synthetic --seeds $(SCENES) $(SUITES:%=--suite %) --out build/suites

soak: $(TOOLS)  ## 20 reconnects, then one stream for long (MINUTES=30): nothing may grow
	$(BIN)/python -m tests.faults.soak $(MINUTES)

score: $(RUNTIME) models  ## labelled clips and made-up scenes held against their labels, in build/score (KINESTREAM_DATA, SEEDS=50)
	$(BIN)/python -m services eval events $(or $(KINESTREAM_DATA),../shared/data)/clips/labels.json \
	  --record build/tracks --synthetic --seeds $(SEEDS) --out build/score

bench: $(TOOLS) models  ## speed and CPU time, beside a MediaPipe loop on the same clip
	$(BIN)/python -m tests.bench

bench-tracking: $(TOOLS) $(PEERS)/.installed  ## our tracker beside other libraries' (BENCH_OPTIONS=--quick)
	$(BIN)/python -m tests.bench.tracking --peers $(PEERS)/bin/python $(BENCH_OPTIONS)

wheels-gpu: $(RUNTIME)  ## what bench-gpu needs on a machine without network, in build/ (GPU_PYTHON=3.12: its Python)
	@mkdir -p build  # without markers: pip would ask them of this Python, not of the other machine's
	sed 's/ ; .*\\$$/ \\/' requirements-gpu.txt >build/requirements-gpu.txt
	$(BIN)/python -m pip --disable-pip-version-check download --quiet --no-deps --require-hashes --only-binary=:all: \
	  --implementation cp --python-version $(GPU_PYTHON) $(addprefix --platform=,$(GPU_PLATFORMS)) \
	  --dest build/wheels --requirement build/requirements-gpu.txt
	KINESTREAM_RUNTIME__MODELS_DIR=build/models $(BIN)/python -m services models pull $(GPU_MODELS)

bench-gpu: $(if $(WHEELS),$(GPU_SITE)/.installed)  ## speed of every model on this machine's GPU (WHEELS=build/wheels)
	PYTHONPATH=$(GPU_SITE):. $(PYTHON) -m tests.bench.bench_gpu $(GPU_OPTIONS)

pictures: $(TOOLS)  ## draw the pictures of shared/actions/README.md again, into deploy/pictures
	$(BIN)/python -m tests.bench.feature_pictures

check: $(TOOLS)  ## format, lint, types, layers and locks; changes nothing
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports --no-cache
	$(BIN)/python -m pytest -q tests/deploy/test_locks.py

fmt: $(TOOLS)  ## format the code and mend what the linter can
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(MADE)  ## resolve pyproject.toml into the requirements*.txt again (UPGRADE=--upgrade for the newest)
	@test -x $(BIN)/uv || $(PIP) uv
	$(LOCK) $(UPGRADE) --extra cpu --extra convert --extra embedded --extra eval -o requirements.txt
	$(LOCK) $(UPGRADE) --extra cpu --extra convert -c requirements.txt -o requirements-cpu.txt
	$(LOCK) $(UPGRADE) --extra gpu --extra convert -c requirements.txt -o requirements-gpu.txt
	$(LOCK) $(UPGRADE) --extra cpu --extra convert --extra mediapipe -c requirements.txt -o requirements-mediapipe.txt
	$(LOCK) $(UPGRADE) --extra cpu --extra convert --extra embedded --extra eval --extra mediapipe --extra dev -c requirements.txt \
	  -o requirements-dev.txt

lock-peers: $(MADE)  ## resolve the trackers that bench-tracking measures against
	@test -x $(BIN)/uv || $(PIP) uv
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --fork-strategy fewest --generate-hashes $(UPGRADE) \
	  --no-emit-index-url --custom-compile-command 'make lock-peers' --override $(BENCHED)/peers-overrides.txt \
	  --no-emit-package opencv-python $(BENCHED)/peers.in -o $(BENCHED)/requirements-peers.txt

up: $(SECRET) kinestream.yaml  ## build the image and start Redis, all workers and Prometheus in containers
	$(COMPOSE) up --build

models: $(RUNTIME)  ## fetch and convert the models that are not there yet
	$(BIN)/python -m services models pull

clean:  ## remove the environment and everything that was made here (not the models)
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(MADE):
	@test -n '$(VERSION)' || \
	  { echo 'No $(PYTHON) here: sudo apt install python3 python3-venv' >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo 'Kinestream needs Python 3.11 or newer, $(PYTHON) is $(VERSION):' \
	    'sudo apt install python3.11 python3.11-venv && make $(MAKECMDGOALS) PYTHON=python3.11' >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo '$(PYTHON) cannot make virtual environments: sudo apt install python$(VERSION)-venv' >&2; exit 1; }
	$(PYTHON) -m venv --clear $(VENV)
	@touch $@

$(RUNTIME): requirements.txt pyproject.toml | $(MADE)
	$(PIP) --require-hashes --no-deps -r requirements.txt  # pip would miss what TrackEval wants and does not get
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(TOOLS): requirements-dev.txt $(RUNTIME)
	$(PIP) --require-hashes --no-deps -r requirements-dev.txt  # pip would miss what MediaPipe wants and does not get
	@touch $@

# In an environment of its own, and without asking the packages what they depend on: peers.in says why.
$(PEERS)/.installed: $(BENCHED)/requirements-peers.txt | $(MADE)
	$(PYTHON) -m venv --clear $(PEERS)
	$(PEERS)/bin/python -m pip --disable-pip-version-check --quiet install --require-hashes --no-deps \
	  -r $(BENCHED)/requirements-peers.txt
	@touch $@

# Neither a virtual environment nor a network is needed: only pip, and the folder of wheels.
$(GPU_SITE)/.installed: requirements-gpu.txt
	rm -rf $(GPU_SITE)
	$(PYTHON) -m pip --disable-pip-version-check install --quiet --no-index --find-links '$(WHEELS)' --no-deps \
	  --require-hashes --target $(GPU_SITE) --requirement requirements-gpu.txt
	@touch $@

kinestream.yaml:
	cp deploy/kinestream.yaml $@

# The folder keeps others out; the file itself must be readable by the users inside the containers.
$(SECRET):
	@mkdir -p -m 700 $(dir $@)
	@od -An -N24 -tx1 /dev/urandom | tr -d ' \n' >$@
