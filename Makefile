# SPDX-License-Identifier: GPL-2.0
# Every verb a developer or user types. `make help` lists them.
KVER ?= $(shell uname -r)
KDIR ?= /lib/modules/$(KVER)/build
PREFIX ?= /usr/local
DESTDIR ?=
# Guests for tests: VM=uml, VM="uml qemu-6.12", VM=vng; empty is all of them.
VM ?=
# One bats file (T=tests/bats/10_x.bats), one unit suite (K=portico_tuple).
T ?=
K ?=

MODDIR = $(DESTDIR)/lib/modules/$(KVER)/updates

.PHONY: all module cli install uninstall demo test kunit bats stress soak lab-check bench bench-gate \
	conformance style deps clean help

## all: the module for the running kernel (or KVER=, KDIR=), and the CLI
all: module cli

## module: portico.ko alone
module:
	$(MAKE) -C $(KDIR) M=$(CURDIR) modules

## cli: cli/portico alone
cli:
	@if [ -e cli/Makefile ]; then $(MAKE) --no-print-directory -C cli all; fi

## install: module under /lib/modules, CLI under PREFIX (DESTDIR= for packages)
install:
	install -D -m 644 portico.ko $(MODDIR)/portico.ko
	$(if $(DESTDIR),,depmod $(KVER))
	$(MAKE) --no-print-directory -C cli install PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

## uninstall: the opposite
uninstall:
	rm -f $(MODDIR)/portico.ko
	$(if $(DESTDIR),,depmod $(KVER))
	$(MAKE) --no-print-directory -C cli uninstall PREFIX=$(PREFIX) DESTDIR=$(DESTDIR)

## demo: three network namespaces in a guest, real traffic, the books open
demo:
	@scripts/deps build boot demo
	@scripts/demo

## test: all kernels, all suites (VM= some guests, T= one file, ALL=1 every file on every kernel)
test:
	@scripts/deps
	@tests/run $(if $(ALL),-a) $(if $(VM),-g "$(VM)") $(T)

## kunit: the unit suites (VM= some guests, K= one suite)
kunit:
	@scripts/deps
	@tests/run -w kunit $(if $(VM),-g "$(VM)",-g "uml uml-debug")

## bats: the traffic tests alone (VM=, T=)
bats:
	@scripts/deps
	@tests/run -w bats $(if $(VM),-g "$(VM)") $(T)

## stress: load, configure, use, unload 200 times under traffic (debug kernel)
stress:
	@scripts/deps
	@scripts/vm -t 3000 $(or $(VM),uml-debug) -- tests/stress/reload 200

## soak: everything at once for ten minutes, the books audited every eight seconds
soak:
	@scripts/deps
	@scripts/vm -t 2400 -e SOAK=600 $(or $(VM),uml-debug) -- \
		tests/vm/bats-in-guest tests/bats/59_mixed.bats

## lab-check: does the laboratory notice a module that does wrong?
lab-check:
	@scripts/deps
	@tests/run -w lab

## bench: what a packet costs, beside nft masquerade and flowtable
bench:
	@scripts/deps
	@tests/bench/run

## bench-gate: fail when a packet costs more than the recorded figure
bench-gate:
	@scripts/deps
	@tests/bench/gate

## conformance: the RFC table, row by row
conformance:
	@scripts/deps
	@tests/conformance/run

## style: checkpatch, sparse, W=1 with gcc and clang, shellcheck; silent when clean
style:
	@scripts/deps build guest style
	@scripts/style

## deps: install the Debian packages that tests and demo need
deps:
	@scripts/deps

## clean: remove everything built in the tree (kernels stay in their cache)
clean:
	$(if $(wildcard $(KDIR)/Makefile),$(MAKE) -C $(KDIR) M=$(CURDIR) clean)
	@if [ -e cli/Makefile ]; then $(MAKE) --no-print-directory -C cli clean; fi
	rm -rf build

## help: this list
help:
	@sed -n 's/^## \([a-z-]*\): /  make \1\t/p' $(firstword $(MAKEFILE_LIST)) | expand -t 22
