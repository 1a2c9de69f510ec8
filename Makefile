# Two commands matter: `make demo` and `make test`. Each sets up what it needs.
PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --no-emit-package craftlore
SAMPLE := grade 4, chalk and string, something for the playground
Q ?= $(SAMPLE)

.PHONY: install demo serve test lint suggest bench weights web lock clean

install: .venv/installed

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(0 if (3, 11) <= sys.version_info[:2] <= (3, 13) else "Craftlore needs Python 3.11 to 3.13; set PYTHON=python3.12, for example.")'
	@$(PYTHON) -c 'import ensurepip' 2>/dev/null || (echo "Python's venv module is missing. On Debian or Ubuntu: apt-get install python3-venv"; exit 1)
	$(PYTHON) -m venv .venv

.venv/installed: requirements.lock pyproject.toml | .venv/bin/python
	$(PIP) --require-hashes -r requirements.lock
	$(PIP) --no-deps --no-build-isolation -e .
	@touch $@

# What tests, benchmarks and the MLX engine need besides.
.venv/installed-dev: requirements-dev.lock .venv/installed
	$(PIP) --require-hashes -r requirements-dev.lock
	@touch $@

weights: install
	$(BIN)/craftlore models pull

# The page: TypeScript built into src/craftlore/serve/page.
web/node_modules/.installed: web/package-lock.json
	@command -v npm >/dev/null || (echo "Node 20.19 or newer is missing. On Debian or Ubuntu its own packages may be older: see the README."; exit 1)
	cd web && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --silent
	@touch $@

PAGE := src/craftlore/serve/page/index.html
$(PAGE): web/node_modules/.installed web/index.html web/vite.config.ts web/openapi.json $(shell find web/src -type f ! -name schema.ts ! -name '*.test.ts')
	cd web && npm run --silent build
	@touch $@

web: $(PAGE)

demo: weights web
	$(BIN)/craftlore index
	$(BIN)/craftlore suggest "$(SAMPLE)"
	$(BIN)/craftlore serve

serve: weights web
	$(BIN)/craftlore index
	$(BIN)/craftlore serve

suggest: weights
	$(BIN)/craftlore index
	$(BIN)/craftlore suggest "$(Q)"

test: .venv/installed-dev web
	scripts/test

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: .venv/installed-dev weights
	$(BIN)/craftlore models pull qwen2.5-coder-0.5b
	$(BIN)/craftlore index
	$(BIN)/python bench/schema.py
	$(BIN)/python bench/search.py
	$(BIN)/python bench/safety.py
	$(BIN)/python bench/serve.py
	$(BIN)/python bench/ideas.py

lock:
	uv pip compile $(LOCK) --all-extras -o requirements-dev.lock pyproject.toml
	uv pip compile $(LOCK) --extra build -c requirements-dev.lock -o requirements.lock pyproject.toml

clean:
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache web/node_modules web/dist src/craftlore/serve/page
