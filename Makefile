# `make app` and `make test` need Python >= 3.10, git and make: the rest is put into .venv.
# Stamp files under .venv make a second call quick; another Python: make PYTHON=python3.12 app

PYTHON ?= python3
VENV := .venv
RUN := $(VENV)/bin/python

.PHONY: app test lint clean

app: $(VENV)/.app
	$(RUN) app.py

# Processes of one thread each: more threads than processors wait for each other. Few browsers at
# once: a page that draws slowly looks like one that hangs.
test: lint $(VENV)/.browser
	OMP_NUM_THREADS=1 $(RUN) -m pytest -m "not browser" -n 4 --dist loadfile
	OMP_NUM_THREADS=1 $(RUN) -m pytest -m browser -n 2

lint: $(VENV)/.dev
	$(RUN) -m ruff check .

$(VENV)/.created:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 10))' || { \
	  echo "expected Python >= 3.10 as '$(PYTHON)', got: $$($(PYTHON) -V 2>&1);" \
	    "say which to use, as in: make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || ./.ci/install_venv "$(PYTHON)"
	@$(RUN) -m pip --version >/dev/null 2>&1 || $(PYTHON) -m venv --clear $(VENV)
	touch $@

$(VENV)/.app: requirements.txt | $(VENV)/.created
	$(RUN) -m pip install --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt $(VENV)/.app
	$(RUN) -m pip install --disable-pip-version-check -r requirements-dev.txt
	touch $@

# Without a Chromium the browser tests are skipped with a reason; the next call tries again.
$(VENV)/.browser: $(VENV)/.dev
	@if ./.ci/install_chromium $(RUN); then touch $@; fi

clean:
	rm -rf $(VENV) .pytest_cache .ruff_cache .hypothesis
