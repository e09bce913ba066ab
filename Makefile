# Everything is done by tools/bootstrap.py; `python3 tools/bootstrap.py run` is the same as `make run`.
# Another Python: make PYTHON=python3.12 run. Arguments: make run ARGS="--port 8001".

START := $(shell for name in "$(PYTHON)" python3 python3.14 python3.13 python3.12 python3.11; do \
	command -v "$$name" 2>/dev/null && break; done)

TARGETS = run setup test check check-all bench format lock wheel clean

.PHONY: help $(TARGETS)

help:
	@echo "make run      serve the pages on http://127.0.0.1:8000 (prepares what is missing)"
	@echo "make setup    only prepare: environment, database"
	@echo "make test     everything: style, types, layers, the bank, all tests"
	@echo "make check    the quick part of it"
	@echo "make check-all every question with many draws, and set on paper (an hour)"
	@echo "make bench    the benchmarks"
	@echo "make format   put the code into form"
	@echo "make lock     make requirements.txt and requirements-dev.txt anew"
	@echo "make wheel    build the wheel into dist/"
	@echo "make clean    take away the environment, caches and builds (not your data)"

$(TARGETS):
	@if [ -z "$(START)" ]; then echo "Python 3.11 or newer is needed; no python3 was found." >&2; exit 1; fi
	@"$(START)" tools/bootstrap.py $@ $(ARGS)
