# make run    set everything up and open the app          make test   all tests, browser included
# make check  lint, format, types, architecture           make bench  the speed claims, measured
# make zoo    train the nets of models/zoo that are not there; NETS=all or NETS="mnist-cnn …" anew
HOST ?= 127.0.0.1
PORT ?= 8501
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
PY := .venv/bin/python
PIP := $(PY) -m pip install --disable-pip-version-check
ROOT := $(shell [ "$$(id -u)" = 0 ] && command -v apt-get)

.PHONY: run install develop check test bench
run: install
	@exec $(PY) -m core serve --host $(HOST) --port $(PORT)

# Installed again only when the list changed, so that the second start is quick.
install: .venv/bin/python
	@cmp -s requirements.txt .venv/requirements.txt || { \
		echo "Installing into .venv: once, a few minutes."; \
		$(PIP) -r requirements.txt && cp requirements.txt .venv/requirements.txt; }

.venv/bin/python:
	@[ -n "$(PYTHON)" ] || { echo "Python 3.11 or newer is needed: python3 --version"; exit 1; }
	@$(PYTHON) -m venv .venv || { rm -rf .venv; \
		echo "This Python has no venv module: apt-get install python3-venv"; exit 1; }

develop: install
	@cmp -s requirements-dev.txt .venv/requirements-dev.txt || { \
		$(PIP) -q -r requirements-dev.txt && cp requirements-dev.txt .venv/requirements-dev.txt; }

check: develop
	$(PY) -m ruff check .
	$(PY) -m ruff format --check .
	$(PY) -m mypy
	$(PY) -m pytest -q -n 0 tests/test_architecture.py

.PHONY: browser postgres
browser: develop
	@$(PY) -m tests.e2e.browser >/dev/null 2>&1 || { \
		if [ -n "$(ROOT)" ]; then \
			apt-get update -q && { apt-get install -qy chromium-headless-shell fonts-noto-cjk || \
				apt-get install -qy chromium fonts-noto-cjk; }; \
		else $(PY) -m playwright install chromium; fi; }

postgres:
	@[ -z "$(ROOT)" ] || command -v initdb >/dev/null || ls /usr/lib/postgresql/*/bin/initdb \
		>/dev/null 2>&1 || { apt-get update -q && apt-get install -qy postgresql; }

# Where nothing may be written beside the sources, every process would compile them anew.
test: browser postgres
	@PYTHONDONTWRITEBYTECODE= PYTHONPYCACHEPREFIX=$(CURDIR)/.venv/pycache $(PY) -m pytest

bench: develop
	@$(PY) -m core bench

.PHONY: zoo
zoo: install
	@$(PY) -m core zoo make $(NETS)
