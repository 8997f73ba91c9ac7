# make book: read the site.  make lab: run the chapters.  make test: prove both.  See README.md.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/ready
PYTEST := $(BIN)/python -m pytest -q
PORT ?= 8000

# One thread for linear algebra: saved numbers and timings must not depend on the number of cores.
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export PYDEVD_DISABLE_FILE_VALIDATION := 1

.PHONY: help book site serve lab run releases grade test quick lint unit doctests hygiene explorers notebooks homework typed browser proof parity edits mutants speed reproduce lock face clean

help:
	@sed -n 's/^## //p' Makefile

## make book       install everything into .venv, build the site, say where to open it
book: site
	@echo "The book is built. Open _build/html/index.html, or type: make serve"

$(READY): requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(None if v >= (3, 11) else f"Python 3.11 or newer is needed; {sys.executable} is {v[0]}.{v[1]}. Try: make book PYTHON=python3.12")'
	test -d $(VENV) || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install -q -r requirements.txt
	$(BIN)/python -m pip install -q --no-deps -e .
	@touch $@

## make site       build the site from the committed notebooks, warnings as errors
site: $(READY)
	$(BIN)/jupyter-book build . --all -n -W --keep-going -q

## make serve      serve the built site on 127.0.0.1 (PORT=8000)
serve: site
	@echo "Open http://127.0.0.1:$(PORT)/ and stop with Ctrl-C"
	@$(BIN)/python -m http.server $(PORT) --bind 127.0.0.1 --directory _build/html

## make lab        open the chapters in JupyterLab
lab: $(READY)
	$(BIN)/jupyter trust book/*.ipynb book/*/*.ipynb
	$(BIN)/jupyter lab book

## make run        execute chapters and rewrite those that changed (NB=book/part-1/text.ipynb for one)
run: $(READY)
	$(BIN)/python -m tools.notebook $(NB)

## make releases   write the students' notebooks from the masters of the homework
releases: $(READY)
	$(BIN)/python -m homework.release

## make grade      grade a class: make grade HW=hw1 SUBMISSIONS=folder (OUT=graded/hw1)
grade: $(READY)
	$(BIN)/python -m homework.grade $(HW) --submissions $(SUBMISSIONS) $(if $(OUT),--out $(OUT))

## make test       the whole proof: all the parts below, then the site in a browser
test: quick explorers notebooks homework typed browser
	@echo "make test: everything passed"

## make quick      lint, unit tests, doctests and notebook hygiene, in under a minute
quick: lint unit doctests hygiene

lint: $(READY)
	$(BIN)/ruff check -q .
	$(BIN)/ruff format -q --check .
	$(BIN)/ruff format -q --check --line-length 80 --config 'extend-exclude = []' book/*.ipynb book/*/*.ipynb homework/source/*/*.ipynb

unit: $(READY)
	$(PYTEST) -n 2 tests/unit

doctests: $(READY)
	$(PYTEST) --doctest-modules rnnlib

hygiene: $(READY)
	$(PYTEST) tests/book --ignore=tests/book/test_explorers.py

explorers: $(READY)
	$(PYTEST) -n 2 tests/book/test_explorers.py

HOMEWORK := homework/source
RELEASES := --ignore-glob='book/homework/hw*.ipynb'

# Strict: every saved output must be what the code gives today, under the machine's own kernel and under another.
notebooks: $(READY)
	$(PYTEST) --nbval --nbval-current-env --nbval-cell-timeout=120 -n 2 --dist loadscope $(RELEASES) book
	OPENBLAS_CORETYPE=Haswell $(PYTEST) --nbval --nbval-current-env --nbval-cell-timeout=120 -n 2 --dist loadscope $(RELEASES) book

# The masters run, the releases are what they give, and the class grader survives a class with every disaster in it.
homework: $(READY)
	$(PYTEST) --nbval-lax --nbval-current-env --nbval-cell-timeout=120 -n 2 --dist loadscope $(HOMEWORK)
	$(PYTEST) -n 2 --dist loadscope tests/homework

# The suite once more, with the shapes in every signature checked against the arrays that pass.
typed: $(READY)
	$(PYTEST) -n 2 tests/unit --jaxtyping-packages=rnnlib,beartype.beartype

browser: site
	$(PYTEST) -n 2 tests/browser

## make proof      print the table: each gradient against complex step, central difference and graph
proof: $(READY)
	$(BIN)/python -m tools.proof

## make parity     compare the cells with an installed PyTorch (it is not in the lock: install torch into .venv first)
parity: $(READY)
	$(PYTEST) -rs tests/parity

## make edits      try every deliberate edit on a copy: each must make its target fail
edits: site
	$(BIN)/python -m tools.edits

## make mutants    change the core in a thousand small ways, on a copy: the tests must notice (8 minutes)
mutants: $(READY)
	$(BIN)/python -m tools.mutants

## make speed      time the package against its peers; write results, table and plot (needs torch, as parity does)
speed: $(READY)
	$(BIN)/python -m benchmarks

## make reproduce   write the table of published results again (9 rows are run, 7 read other results files; the page says how to make those)
reproduce: $(READY)
	$(BIN)/python -m benchmarks.reproductions $(ROWS)

## make lock       write requirements.txt from the ranges in pyproject.toml (needs uv)
lock:
	uv pip compile --universal --extra test pyproject.toml -o requirements.txt

## make face       draw palette.css, the mark and the favicon from the palette
face: $(READY)
	$(BIN)/python -m tools.face

## make clean      remove what was built, keep the environment
clean:
	rm -rf _build
