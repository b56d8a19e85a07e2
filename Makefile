# Everything runs in .venv, which the first target that needs it makes.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: demo test test-core coverage check format docs hooks data clean

demo: .venv/installed
	$(BIN)/bioweft run workflows/demo.toml

test: .venv/developing data
	$(BIN)/pytest -n auto
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# How much of the code the quick tests reach (those without real data, of ten seconds at most). Not a part of `make test`.
coverage: .venv/developing
	$(BIN)/pytest -n auto -m "not slow and not corpus" --cov --cov-report=term

# Without what training needs (torch), whose tests are skipped.
test-core: .venv/core data
	$(BIN)/pytest -n auto

check: .venv/developing
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

# The only target that rewrites files of the checkout.
format: .venv/developing
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# The documentation as a site, where a warning is an error (not with --quiet, which drops warnings). To read it: python -m http.server -d build/site
docs: .venv/documenting
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

# Checks at each commit (.pre-commit-config.yaml).
hooks: .venv/developing
	$(BIN)/pre-commit install

# The real data, where they lie beside the checkout; without them the tests marked `corpus` are skipped.
data:
	@if [ -f ../shared/data/unpack.py ]; then BIOWEFT_DATA="$${BIOWEFT_DATA:-../data}" $(PYTHON) ../shared/data/unpack.py >/dev/null; fi

.venv/installed: pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable .
	touch $@

.venv/documenting: .venv/installed
	$(BIN)/python -m pip install --quiet --group docs
	touch $@

.venv/core: .venv/installed
	$(BIN)/python -m pip install --quiet --group core
	touch $@

.venv/developing: .venv/installed
	$(BIN)/python -m pip install --quiet --editable '.[train]' --group dev
	touch $@

clean:
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache dist build
