# The names people type; meson and ninja do the work.  `make help` lists them.

BUILD = build
PREFIX = /usr/local
FUZZ_SECONDS = 60
SANITIZE = -Db_sanitize=address,undefined -Db_lundef=false
MESON_TEST = meson test --print-errorlogs
STRICT = -Dwerror=true

export ASAN_OPTIONS ?= detect_stack_use_after_return=1
export UBSAN_OPTIONS ?= halt_on_error=1:print_stacktrace=1

.PHONY: all run test check asan clang arm64 kernel fuzz bench lint format abi install clean help

all: $(BUILD)/build.ninja		## build build/prong
	ninja -C $(BUILD)

run:					## install what is missing, build, serve echo on 9999
	tools/setup run
	$(MAKE) $(BUILD)/build.ninja
	ninja -C $(BUILD) prong
	$(BUILD)/prong

test:					## install what is missing, build, run all tests
	tools/setup test
	$(MAKE) check

check: all				## build and run all tests
	$(MESON_TEST) -C $(BUILD)

asan: build-asan/build.ninja		## the same with gcc, AddressSanitizer and UBSan
	ninja -C build-asan
	$(MESON_TEST) -C build-asan

clang: build-clang/build.ninja		## the same with clang, but for user-mode Linux
	ninja -C build-clang
	$(MESON_TEST) -C build-clang --no-suite uml

arm64:					## what holds programs, on an emulated arm64 (an hour)
	tools/setup arm64
	tests/arm64/run

kernel: all				## what kernels differ in, on Debian 12's own (an hour)
	tools/setup kernel
	KERNEL_BUILD=$(BUILD) tests/kernel/run

fuzz: build-fuzz/build.ninja		## fuzz each parser for FUZZ_SECONDS (60)
	ninja -C build-fuzz
	tools/fuzz build-fuzz $(FUZZ_SECONDS)

bench:					## measure against limits and peers (an hour)
	tools/setup bench
	bench/run

lint: build-clang/build.ninja		## clang-format, clang-tidy, shellcheck, codespell
	tools/lint build-clang

format:					## lay out all C files as .clang-format says
	tools/lint --format

abi: $(BUILD)/build.ninja		## what libprong.so offers is from now on as it is
	ninja -C $(BUILD) abi

install: $(BUILD)/build.ninja		## install to DESTDIR/PREFIX (/usr/local)
	meson configure $(BUILD) -Dprefix=$(PREFIX)
	ninja -C $(BUILD)
	DESTDIR="$(DESTDIR)" meson install --no-rebuild -C $(BUILD)

clean:					## remove all build folders
	rm -rf $(BUILD) build-asan build-arm64 build-clang build-fuzz

help:					## this list
	@sed -n 's/^\([a-z0-9]*\):.*## /make \1\t/p' Makefile | expand -t 16

$(BUILD)/build.ninja:
	meson setup $(BUILD)

build-asan/build.ninja:
	CC=gcc meson setup build-asan $(STRICT) $(SANITIZE)

build-clang/build.ninja:
	CC=clang meson setup build-clang $(STRICT)

build-fuzz/build.ninja:
	CC=clang meson setup build-fuzz $(STRICT) -Dfuzz=true -Db_lundef=false
