# Everything that a newcomer or CI runs; `make help` lists it. All that is installed goes into .venv and .cache.
SHELL := /bin/bash
.DEFAULT_GOAL := help

UV_VERSION := 0.13.8
CYCLONEDX_VERSION := 7.5.0
ANOMALIB_VERSION := 2.7.0
OPENVINO_VERSION := 2026.4.1
PEERS_VENV := .cache/peers
VENV := .venv
BIN := $(VENV)/bin
export UV_CACHE_DIR := $(CURDIR)/.cache/uv
export PIP_CACHE_DIR := $(CURDIR)/.cache/pip
export UV_LINK_MODE := hardlink
# Images of containers set it; then each process compiles all of TensorFlow's Python anew, for 15 seconds and more.
unexport PYTHONDONTWRITEBYTECODE

# One worker more than there are cores, since many tests wait for brokers and browsers; at most 4: each loads its own TensorFlow.
WORKERS := $(shell cores=$$(nproc 2>/dev/null || getconf _NPROCESSORS_ONLN); echo $$((cores < 4 ? cores + 1 : 4)))
CORES := --numprocesses $(WORKERS) --dist loadscope --no-loadscope-reorder

# The first Python that TensorFlow has wheels for.
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] < (3, 14))' 2>/dev/null && echo $$p && break; done)

.PHONY: audit sbom help setup demo test test-benchmarks check lint format types imports unit integration tools broker footprint containers \
	dashboard pictures lock clean faults soak bench bench-kafka bench-peers bench-profile bench-memory bench-fit bench-mnist bench-detection bench-coverage bench-copies bench-options bench-shapes bench-drift bench-reviewing bench-shadow fuzz structure walks

help: ## list the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F':.*## ' '{printf "  make %-15s %s\n", $$1, $$2}'

setup: $(VENV)/.ready ## create the virtual environment with the locked versions

$(VENV)/.ready: requirements.lock pyproject.toml
	@test -n "$(PYTHON)" || { echo "Linewatch needs Python 3.11, 3.12 or 3.13: install one (on Debian: apt-get install python3 python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "Python's venv is missing: install it (on Debian: apt-get install python3-venv)"; exit 1; }
	@echo "setting up .venv with the locked packages (once)"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --requirement requirements.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --editable .
	@touch $@

demo: setup ## a rendered line through the whole of Linewatch: KEEP=1 stays up, DATA=<folder in MVTec layout> uses real images, LOOP=1 ages the lamp
	@$(BIN)/python -m deploy.demo $(if $(DATA),--data "$(DATA)") $(if $(LOOP),--loop) $(if $(KEEP),--keep) $(ARGS)

test: check tools ## all checks and all tests, including those with real Kafka, Prometheus and a browser
	@$(BIN)/python -m pytest -m "not slow" $(CORES) $(ARGS)

test-benchmarks: setup tools ## the tests of benchmarks, which take minutes and are not part of make test
	@$(BIN)/python -m pytest -m slow tests/unit tests/integration $(ARGS)

check: lint types imports ## the checks without the tests

lint: setup ## ruff: lint and format
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: setup ## mypy --strict
	@$(BIN)/mypy

imports: setup ## the import contracts of pyproject.toml
	@$(BIN)/lint-imports --no-cache

format: setup ## let ruff fix what it can
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

unit: setup ## the tests that need no broker
	@$(BIN)/python -m pytest tests/unit -m "not slow" $(CORES) $(ARGS)

integration: setup tools ## the tests with real Kafka, Prometheus and a browser
	@$(BIN)/python -m pytest tests/integration -m "not slow" $(ARGS)

tools: setup ## fetch Prometheus, Alertmanager and Chromium for the tests, where this machine allows it
	@$(BIN)/python -m deploy.devtools.downloads $(if $(CI),--chromium)

broker: setup ## run a Kafka broker on localhost:9092 until Ctrl-C
	@$(BIN)/python -m deploy.devtools.broker

# The variable in the target's name has no default: without it, end with one sentence and status 2.
given-%:
	@test -n "$($*)" || { echo "expected $*=<path>, found none: see make help" >&2; exit 2; }

bench: setup ## graph, bare loop and service: speed, latency, size; BUNDLE=<folder>; build/bench.json
	@$(BIN)/python -m deploy.benchmarks.speed $(if $(BUNDLE),--bundle "$(BUNDLE)") $(ARGS)

bench-kafka: setup ## what the Kafka client takes, by size of image: CLIENTS="plain ours ours:check_crcs=false"; build/bench-kafka.json
	@$(BIN)/python -m deploy.benchmarks.speed.kafka_client $(if $(CLIENTS),--clients $(CLIENTS)) $(ARGS)

bench-profile: setup ## where time goes in the service under load and in the graph, as pictures: BUNDLE=; build/bench-profile
	@$(BIN)/python -m deploy.benchmarks.speed.profiling $(if $(BUNDLE),--bundle "$(BUNDLE)") $(ARGS)

bench-peers: setup $(if $(PEERS),,$(PEERS_VENV)/.ready) ## our graph and anomalib's on OpenVINO in turn (6 GB of packages): PEERS=<a Python that has them> BUNDLE=
	@$(BIN)/python -m deploy.benchmarks.speed.peers "$(or $(PEERS),$(PEERS_VENV)/bin/python)" $(if $(BUNDLE),--bundle "$(BUNDLE)") $(ARGS)

$(PEERS_VENV)/.ready: | setup
	@echo "setting up $(PEERS_VENV) with anomalib and OpenVINO (once; about 6 GB)"
	@$(BIN)/uv venv --quiet --allow-existing --python $(BIN)/python $(PEERS_VENV)
	@$(BIN)/uv pip install --quiet --python $(PEERS_VENV)/bin/python "anomalib[openvino]==$(ANOMALIB_VERSION)" openvino==$(OPENVINO_VERSION)
	@touch $@

bench-mnist: given-MNIST setup ## train the denoising autoencoder on MNIST: MNIST=<mnist.npz>
	@$(BIN)/python -m deploy.benchmarks.mnist "$(MNIST)" $(ARGS)

bench-detection: given-DATA setup ## AUROC, and the speed of graphs, of autoencoders and baselines: DATA=<folder of data sets> SETS= MODELS="feature feature:speed=fast" PRECISIONS= SEEDS= FRESH=1
	@$(BIN)/python -m deploy.benchmarks.detection "$(DATA)" \
		$(if $(SETS),--sets $(SETS)) $(if $(MODELS),--models $(MODELS)) \
		$(if $(PRECISIONS),--precisions $(PRECISIONS)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(FRESH),--fresh)

bench-coverage: given-DATA setup ## false alarms of new parts under both calibrations: DATA=<folder of data sets> SETS= DIVISIONS=20 MODEL=feature:epochs=3; build/bench-coverage.json
	@$(BIN)/python -m deploy.benchmarks.coverage "$(DATA)" \
		$(if $(SETS),--sets $(SETS)) $(if $(DIVISIONS),--divisions $(DIVISIONS)) $(if $(MODEL),--model $(MODEL))

bench-copies: given-DATA setup ## a folder of augmented copies: how they are grouped, false alarms of new parts: DATA=<folder of data sets> SETS= SEED=0 MODEL=feature:epochs=3
	@$(BIN)/python -m deploy.benchmarks.augmented_copies "$(DATA)" \
		$(if $(SETS),--sets $(SETS)) $(if $(SEED),--seed $(SEED)) $(if $(MODEL),--model $(MODEL))

bench-options: given-DATA setup ## does every pair of an autoencoder's options learn something? DATA=<folder of data sets> SETS= AUTOENCODERS= EPOCHS="3 20"; build/bench-options.json
	@$(BIN)/python -m deploy.benchmarks.option_pairs "$(DATA)" \
		$(if $(SETS),--sets $(SETS)) $(if $(AUTOENCODERS),--autoencoders $(AUTOENCODERS)) $(if $(EPOCHS),--epochs $(EPOCHS))

bench-shapes: given-DATA setup ## proportions, padding, regions, ignored areas and tiles, without and with: DATA=<folder of data sets> SETS= CASES= MODEL=; build/bench-shapes.json
	@$(BIN)/python -m deploy.benchmarks.input_shapes "$(DATA)" $(if $(SETS),--sets $(SETS)) $(if $(CASES),--cases $(CASES)) $(if $(MODEL),--model $(MODEL))

bench-shadow: setup ## throughput and CPU with a challenger in the shadow: STORE= STREAM= (default: the demo's)
	@$(BIN)/python -m deploy.benchmarks.shadow_cost $(if $(STORE),--store "$(STORE)") $(if $(STREAM),--stream "$(STREAM)") $(ARGS)

bench-memory: setup ## memory, disk and time of a fit by number of images: SIZES="1000 50000"; build/bench-memory.json and .png
	@$(BIN)/python -m deploy.benchmarks.fitting.memory $(if $(SIZES),--sizes $(SIZES)) $(ARGS)

bench-fit: setup ## where the time of a fit of 200 images goes, stage by stage; build/bench-fit.json
	@$(BIN)/python -m deploy.benchmarks.fitting.stages $(ARGS)

bench-reviewing: setup tools ## reviews a minute on the review page, by keys in a real browser
	@$(BIN)/python -m deploy.benchmarks.review_throughput $(ARGS)

bench-decode: setup ## image decoders: time, size, damage they report; the way to a graph's input: DATA=<folder of data sets> BUNDLE=
	@$(BIN)/python -m deploy.benchmarks.decoders $(if $(DATA),--data "$(DATA)") $(if $(BUNDLE),--bundle "$(BUNDLE)") $(ARGS)

bench-drift: given-DATA setup ## which alarm a change on the line raises: DATA=<folder of data sets> SETS= STORE=<bundles> LINES=
	@$(BIN)/python -m deploy.benchmarks.drift "$(DATA)" \
		$(if $(SETS),--sets $(SETS)) $(if $(STORE),--store $(STORE)) $(if $(LINES),--lines $(LINES))

faults: setup ## kill, freeze and cut off a line under load, and count: SEED=, SHORT=1; build/faults.json
	@$(BIN)/python -m deploy.faults $(if $(SEED),--seed $(SEED)) $(if $(SHORT),--short) $(ARGS)

fuzz: setup ## 100 000 hostile inputs through the code of the service: INPUTS= SEED= ONLY=<family>, REPLAY=<saved input>
	@$(BIN)/python -m deploy.fuzz $(if $(INPUTS),--inputs $(INPUTS)) $(if $(SEED),--seed $(SEED)) \
		$(if $(ONLY),--only $(ONLY)) $(if $(REPLAY),--replay "$(REPLAY)") $(ARGS)

soak: setup ## images for MINUTES=60, a backlog, twice the capacity: is memory flat? SEED=, SHORT=1; build/soak.json
	@$(BIN)/python -m deploy.soak $(if $(MINUTES),--minutes $(MINUTES)) $(if $(SEED),--seed $(SEED)) $(if $(SHORT),--short) $(ARGS)

footprint: setup ## installed size, start-up time and memory of the service alone: BUNDLE=<folder>
	@$(BIN)/python -m deploy.benchmarks.speed.footprint $(if $(BUNDLE),--bundle "$(BUNDLE)")

containers: setup ## build both images and run them: BASE=<image>; STORE= STREAM= IMAGES= to score images too
	@$(BIN)/python -m deploy.containers $(if $(BASE),--base "$(BASE)") $(if $(STORE),--store "$(STORE)") \
		$(if $(STREAM),--stream "$(STREAM)") $(if $(IMAGES),--images "$(IMAGES)")

audit: setup ## known vulnerabilities of the locked packages: OSV_URL=<a mirror of api.osv.dev>
	@$(BIN)/python -m deploy.devtools.audit requirements.lock $(if $(OSV_URL),--osv-url "$(OSV_URL)")

sbom: setup ## all packages with versions, licences and dependencies, as CycloneDX, to build/sbom.json
	@mkdir -p build
	@$(BIN)/uv tool run --quiet --from cyclonedx-bom==$(CYCLONEDX_VERSION) cyclonedx-py environment \
		--pyproject pyproject.toml --output-reproducible --output-file build/sbom.json $(BIN)/python
	@echo "build/sbom.json has $$($(BIN)/python -c 'import json; print(len(json.load(open("build/sbom.json"))["components"]))') packages"

dashboard: setup ## write the Grafana dashboard from its Python source
	@$(BIN)/python -m deploy.grafana.dashboard

pictures: setup ## what autoencoders make of rendered parts: the pictures of docs/pictures.md
	@$(BIN)/python -m deploy.demo.pictures

lock: setup ## update the locked versions
	@$(BIN)/uv pip compile --quiet --universal --generate-hashes --all-extras --group dev pyproject.toml \
		--upgrade --output-file requirements.lock

structure: setup ## files, packages, import levels and cycles of service, training and deploy
	@$(BIN)/python -m deploy.devtools.structure

walks: setup ## how often an image comes back to a file in a fit, and a review in a retrain
	@$(BIN)/python -m pytest tests/walks --numprocesses 0 --quiet --capture=no -p no:warnings $(ARGS)

clean: ## delete build, dist and .venv; downloads stay in .cache
	@rm -rf build dist $(VENV)
