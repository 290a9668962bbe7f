# A thin front of CMake: `make scan` and `make test` also install and build what is missing.

REPO ?= fixtures/projects/shop
PRESET ?= release
JOBS := $(shell nproc)

MAKEFLAGS += --no-print-directory

.PHONY: all scan test build dist test-dist setup clean

all: build

# Scan a repository: `make scan REPO=path`. Findings are a result here and not an error.
scan: build
	@build/$(PRESET)/seqscan scan $(REPO) || [ $$? -eq 1 ]

# Run all tests: `make test PRESET=debug` does so under the sanitizers.
test: build
	@scripts/setup --test
	@ctest --preset $(PRESET) --parallel $(JOBS)

# What is given to others, in build/dist: the static program, the npm packages, the Debian package.
dist:
	@packaging/dist

# The tests of that: it runs by itself, installs, and a second build elsewhere has the same bytes.
test-dist: build dist
	@ctest --preset $(PRESET) --label-regex dist --build-config dist

build: setup build/$(PRESET)/Makefile
	@cmake --build --preset $(PRESET) --parallel $(JOBS)

# The build configures itself again when that is needed; this is for the first time.
build/$(PRESET)/Makefile: | setup
	@cmake --preset $(PRESET) --log-level=WARNING

setup:
	@scripts/setup

clean:
	rm -rf build grammars/node_modules tests/clients/node_modules
