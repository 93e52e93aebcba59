# make html   execute the notebooks and render them to build/html/
# make test   lint, then test the library, the data and every notebook
# make suite  the same without lint; make suite PYTHON=python3.13 VENV=build/venv-3.13 tries a second Python
# make test-browser   render the site, try every page and JupyterLab in Chromium, and what needs Parquet
# make second-opinions   what the tools of others say of citation, data, notebooks, packages and site
# make lab    open JupyterLab on the notebooks
# make notebooks   run the notebooks in place, as they are committed
# make badge  write the README's Binder badge for the address in CITATION.cff
# make codebook    regenerate the tables of data/CODEBOOK.md from data/datapackage.json
# make hashes      regenerate data/SHA256SUMS, after a deliberate change of the data
# make bench       measure speed and growth, and write benchmarks/RESULTS.md; some minutes, more with BENCHFLAGS=--set-up
# make clean  remove what was built
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/ready
MORE := .venv-more
OTHERS := build/others

# What runs is this clone's: of the user's settings only those stay that say where packages come from and lie.
unexport $(filter-out PYTHONDONTWRITEBYTECODE PIP_%INDEX PIP_%INDEX_URL PIP_FIND_LINKS PIP_TRUSTED_HOST PIP_%CERT PIP_PROXY PIP_KEYRING_PROVIDER \
  PIP_%TIMEOUT PIP_RETRIES PIP_%CACHE_DIR PIP_CONFIG_FILE UV_%INDEX UV_%INDEX_URL UV_INDEX UV_FIND_LINKS UV_INSECURE_HOST UV_SYSTEM_CERTS \
  UV_NATIVE_TLS UV_KEYRING_PROVIDER UV_%TIMEOUT UV_HTTP_RETRIES UV_%CACHE_DIR UV_CONFIG_FILE UV_OFFLINE UV_LINK_MODE, \
  $(filter PYTHON% PIP_% UV_% MPL% MATPLOTLIB% SOURCE_DATE_EPOCH,$(.VARIABLES)))
export PYTHONUTF8 := 1
export PYTHONNOUSERSITE := 1
export PIP_USER := 0
export PIP_DISABLE_PIP_VERSION_CHECK := 1

# Nothing is read from the user's home or left there; JupyterLab alone, as a desk, keeps the user's settings.
export MPLCONFIGDIR := $(CURDIR)/build/matplotlib
export HYPOTHESIS_STORAGE_DIRECTORY := $(CURDIR)/build/hypothesis
WORK := html test suite test-browser second-opinions notebooks bench
$(WORK): export IPYTHONDIR := $(CURDIR)/build/ipython
$(WORK): export JUPYTER_CONFIG_DIR := $(CURDIR)/build/jupyter/config
$(WORK): export JUPYTER_DATA_DIR := $(CURDIR)/build/jupyter/data
$(WORK): export JUPYTER_RUNTIME_DIR := $(CURDIR)/build/jupyter/runtime
$(WORK): export JUPYTER_PATH :=
$(WORK): export JUPYTER_CONFIG_PATH :=

.PHONY: help html test lint suite test-browser second-opinions lab notebooks badge codebook hashes bench clean anew
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# make/make/p' Makefile

# Everything that the project runs with, from files with known hashes; done once, and again when they change.
define SET_UP
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
  { echo "unreplies needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
  { echo "This Python cannot make virtual environments; on Debian and Ubuntu install the package python3-venv."; exit 1; }
@echo "Setting up $(@D) (once; up to three minutes, less with uv) ..."
@$(PYTHON) docs/set_up.py $< $(@D)
endef

# A set-up belongs to the folder that its ready file names, and to the Python that was asked for: in a clone that was moved or copied, or for
# another Python, it is done again.
ifneq ($(origin PYTHON),file)
WHICH := import sys; print(sys.base_prefix, sys.version_info[:2], end=" ")
ASKED_FOR := $(shell $(PYTHON) -I -c '$(WHICH)' 2>/dev/null)
endif
set_up_for = $(shell $(1)/bin/python -I -c '$(WHICH)' 2>/dev/null && cat $(1)/ready 2>/dev/null)
ifneq ($(call set_up_for,$(VENV)),$(ASKED_FOR)$(CURDIR))
$(READY): anew
endif
ifneq ($(filter test-browser $(MORE)/ready,$(MAKECMDGOALS)),)
ifneq ($(call set_up_for,$(MORE)),$(ASKED_FOR)$(CURDIR))
$(MORE)/ready: anew
endif
endif
ifneq ($(filter second-opinions $(OTHERS)/ready,$(MAKECMDGOALS)),)
ifneq ($(call set_up_for,$(OTHERS)),$(ASKED_FOR)$(CURDIR))
$(OTHERS)/ready: anew
endif
endif

$(READY): requirements.txt pyproject.toml
	$(SET_UP)

# And what Parquet and the browser tests need beyond it.
$(MORE)/ready: requirements-more.txt pyproject.toml
	$(SET_UP)

# And the tools of others, which keep older packages beside them.
$(OTHERS)/ready: requirements-others.txt pyproject.toml
	$(SET_UP)

# The list of fonts, which takes matplotlib long enough on a slow machine for a warning in the first notebook.
FONTS := build/matplotlib/ready
$(FONTS): $(READY)
	@mkdir -p $(@D)
	@$(RUN) -c 'import matplotlib.font_manager'
	@touch $@

# The last file of a whole site; older than one of its sources, or made from others, the site is made again, as far as they changed.
SITE := build/html/.nojekyll
SOURCES := $(sort $(wildcard data/* data/*/* lib/unreplies/*.py notebooks/*.ipynb docs/*.py docs/pages/* docs/static/* docs/templates/* docs/theme/*))
ifneq ($(shell cat build/sources 2>/dev/null),$(SOURCES))
$(SITE): anew
endif
$(SITE): $(READY) $(SOURCES) requirements.txt CITATION.cff LICENSE | $(FONTS)
	@echo "Executing the notebooks that changed and rendering the site ..."
	@$(RUN) docs/render.py
	@echo '$(SOURCES)' > build/sources

html: $(SITE)
	@$(RUN) -c 'from pathlib import Path; print("\nRead it here:", Path("build/html/index.html").resolve().as_uri())'

test-browser: $(MORE)/ready $(SITE)
	@$(MORE)/bin/python -m pytest -n 2 --dist loadgroup tests/browser
	@$(MORE)/bin/python -m pytest -n 2 tests/test_export.py tests/test_every_table.py

second-opinions: $(READY) $(OTHERS)/ready $(SITE)
	@$(RUN) -m pytest -v tests/others tests/test_broken_data.py::test_frictionless_accepts_the_data

test: lint suite

lint: $(READY)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m mypy

suite: $(READY) $(FONTS)
	@$(RUN) -m pytest -n logical --dist loadfile --nbval

# The desk asks no other host for news, newer versions or extensions, nor the user whether it may.
QUIET := $(VENV)/etc/jupyter/labconfig/page_config.json
$(QUIET): $(READY)
	@mkdir -p $(@D)
	@echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' > $@

# The notebooks of this clone are trusted on the desk, as those that the user ran there would be.
lab: $(READY) $(QUIET) $(FONTS)
	@if ! test -w "$$HOME"; then \
	  echo "Your home cannot be written to: JupyterLab keeps its settings in build/home."; \
	  export HOME="$(CURDIR)/build/home"; mkdir -p "$$HOME"; unset XDG_CONFIG_HOME XDG_DATA_HOME XDG_CACHE_HOME XDG_RUNTIME_DIR; \
	fi; \
	if test "$$(id -u)" = 0; then echo "You are root, as in a container: JupyterLab starts with --allow-root."; root=--allow-root; fi; \
	$(RUN) -m nbformat.sign $(wildcard notebooks/*.ipynb) >/dev/null; \
	$(RUN) -m jupyterlab $$root --LabApp.extension_manager=readonly $(LABFLAGS) notebooks/00_start_here.ipynb

notebooks: $(READY) $(FONTS)
	@$(RUN) docs/run.py

# The address of the repository has one place: repository-code in CITATION.cff.
BINDER := https://mybinder.org
badge:
	@at=$$(sed -n 's|^repository-code: *"\{0,1\}https://github.com/\([^"/]*/[^"/]*\)/\{0,1\}"\{0,1\}$$|\1|p' CITATION.cff); \
	  test -n "$$at" || { echo "CITATION.cff names no repository-code on github.com yet, and Binder needs one."; exit 1; }; \
	  link="$(BINDER)/v2/gh/$$at/HEAD?urlpath=lab/tree/notebooks/00_start_here.ipynb"; \
	  sed -i.old "s|^<!-- Binder -->.*|<!-- Binder --> [![Binder]($(BINDER)/badge_logo.svg)]($$link)|" README.md && rm README.md.old

codebook: $(READY)
	@$(RUN) docs/codebook.py

hashes: $(READY)
	@$(RUN) -c 'from unreplies import hashes; hashes.write("data")'

bench: $(READY) $(MORE)/ready $(FONTS)
	@$(RUN) benchmarks/bench.py --more $(MORE)/bin/python $(BENCHFLAGS)

clean:
	rm -rf build
