# make run    builds and serves: the demo on http://localhost:8000 when nothing is configured
# make test   all tests; what could not run is said in the last line
# make check  what has to be clean at every commit
# make crashlab  kills, stops, cuts off and misleads it: docs/reliability.md (ARGS='--help', parts need root)
# make bench  the benchmarks of the README (optimized: profile `served`)
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.PHONY: run test check crashlab bench fmt help

# `make run` is for the first minutes: the profile `first` builds fastest. To serve for real:
# `make run PROFILE=served` (optimized) or `make run PROFILE=release` (and linked as one).
PROFILE ?= first
BENCH_PROFILE ?= served
NOT_RUN := target/not-run.txt
# Behavior through HTTP that is looked at on PostgreSQL as well.
ON_BOTH := salon|bots|sending|webhook|messages|takeover|idempotency
NEXTEST := $(shell cargo nextest --version >/dev/null 2>&1 && echo yes)

help:
	@sed -n '1,5s/^# //p' Makefile

run:
	cargo run --profile $(PROFILE) --bin vestnik -- serve $(ARGS)

test:
	@mkdir -p target && rm -f $(NOT_RUN)
ifeq ($(NEXTEST),yes)
	cargo nextest run --workspace --no-fail-fast
	TEST_DATABASE=postgres cargo nextest run --workspace --no-fail-fast -E 'binary(=it) and test(/^($(ON_BOTH))::/)'
	cargo test --workspace --doc --no-fail-fast
else
	cargo test --workspace --no-fail-fast
	TEST_DATABASE=postgres cargo test --workspace --test it --no-fail-fast -- $(foreach one,$(subst |, ,$(ON_BOTH)),$(one)::)
endif
	@if [ -s $(NOT_RUN) ]; then echo "not run:"; sort -u $(NOT_RUN) | sed 's/^/  /'; else echo "not run: nothing, all tests ran"; fi

check:
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	RUSTDOCFLAGS="-D warnings -A rustdoc::private-intra-doc-links" cargo doc --workspace --no-deps --document-private-items --quiet
	@scripts/check-tool cargo-deny && cargo deny check bans licenses sources
	@scripts/check-tool cargo-machete && cargo machete

# Binaries of its own, with points at which they end; what is shipped never has them.
crashlab:
	cargo build --workspace --features tests/failpoints --bin server --bin fakemeta --bin crashlab
	@mkdir -p target/crashlab
	@for one in server fakemeta crashlab; do \
	  cp target/debug/$$one target/crashlab/$$one.new && mv target/crashlab/$$one.new target/crashlab/$$one; done
	target/crashlab/crashlab $(or $(ARGS),run)

bench:
	cargo bench --profile $(BENCH_PROFILE) -p tests --bench served -- $(ARGS)

fmt:
	cargo fmt --all
