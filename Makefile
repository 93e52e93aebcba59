# make html   execute the notebooks and render them to build/html/
# make test   lint, then test the library, the data and every notebook
# make test-browser   render the site, try every page and JupyterLab in Chromium, and what needs Parquet
# make lab    open JupyterLab on the notebooks
# make notebooks   run the notebooks in place, as they are committed
# make badge  write the README's Binder badge for the address in CITATION.cff
# make codebook    write the tables of data/CODEBOOK.md anew from data/datapackage.json
# make hashes      write data/SHA256SUMS anew, after a deliberate change of the data
# make bench       measure speed, growth and faults, and write benchmarks/RESULTS.md
# make clean  remove what was built
PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python
READY := $(VENV)/ready
MORE := .venv-more
export PYTHONUTF8 := 1
export PIP_DISABLE_PIP_VERSION_CHECK := 1

.PHONY: help html test test-browser lab notebooks badge codebook hashes bench clean
.DELETE_ON_ERROR:

help:
	@sed -n 's/^# make/make/p' Makefile

# Everything that the project runs with, from files with known hashes; done once, and again when they change.
define SET_UP
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "unreplies needs Python 3.11 or newer; '$(PYTHON)' is older or missing. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "This Python cannot make virtual environments; on Debian and Ubuntu install the package python3-venv."; exit 1; }
	@echo "Setting up $(@D) (once; about a minute) ..."
	@rm -rf $(@D)
	@$(PYTHON) -m venv $(@D)
	@$(@D)/bin/python -m pip install --quiet --require-hashes -r $<
	@$(@D)/bin/python -m pip install --quiet --no-deps --no-build-isolation --no-index --editable .
	@touch $@
endef

$(READY): requirements.txt pyproject.toml
	$(SET_UP)

# And what Parquet, the browser tests and the benchmarks need beyond it.
$(MORE)/ready: requirements-more.txt pyproject.toml
	$(SET_UP)

# The last file of a whole site; older than one of its sources, the site is made again, as far as they changed.
SITE := build/html/.nojekyll
$(SITE): $(READY) $(wildcard data/* data/*/* lib/unreplies/*.py notebooks/*.ipynb notebooks/*.py notebooks/*.md notebooks/*.css notebooks/favicon.svg \
  notebooks/site/* requirements.txt CITATION.cff LICENSE)
	@echo "Executing the notebooks that changed and rendering the site ..."
	@$(RUN) notebooks/render.py

html: $(SITE)
	@$(RUN) -c 'from pathlib import Path; print("\nRead it here:", Path("build/html/index.html").resolve().as_uri())'

test-browser: $(MORE)/ready $(SITE)
	@$(MORE)/bin/python -m pytest -n 2 --dist loadgroup tests/browser
	@$(MORE)/bin/python -m pytest -n 2 tests/test_export.py tests/test_display.py

test: $(READY)
	@$(RUN) -m ruff check .
	@$(RUN) -m ruff format --check .
	@$(RUN) -m pytest -n 2 --dist loadfile --nbval

# The desk asks no other host for news, newer versions or extensions, nor the user whether it may.
QUIET := $(VENV)/etc/jupyter/labconfig/page_config.json
$(QUIET): $(READY)
	@mkdir -p $(@D)
	@echo '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}' > $@

lab: $(READY) $(QUIET)
	@$(RUN) -m jupyterlab --LabApp.extension_manager=readonly $(LABFLAGS) notebooks/00_start_here.ipynb

notebooks: $(READY)
	@$(RUN) notebooks/run.py

# The address of the repository has one place: repository-code in CITATION.cff.
BINDER := https://mybinder.org
badge:
	@at=$$(sed -n 's|^repository-code: *"\{0,1\}https://github.com/\([^"/]*/[^"/]*\)/\{0,1\}"\{0,1\}$$|\1|p' CITATION.cff); \
	  test -n "$$at" || { echo "CITATION.cff names no repository-code on github.com yet, and Binder needs one."; exit 1; }; \
	  link="$(BINDER)/v2/gh/$$at/HEAD?urlpath=lab/tree/notebooks/00_start_here.ipynb"; \
	  sed -i.old "s|^<!-- Binder -->.*|<!-- Binder --> [![Binder]($(BINDER)/badge_logo.svg)]($$link)|" README.md && rm README.md.old

codebook: $(READY)
	@$(RUN) -m unreplies.codebook

hashes: $(READY)
	@$(RUN) -c 'from unreplies import hashes; hashes.write("data")'

bench: $(READY) $(MORE)/ready
	@$(MORE)/bin/python benchmarks/bench.py

clean:
	rm -rf build .pytest_cache .ruff_cache notebooks/.ruff_cache
