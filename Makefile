# Everything begins here. `make demo` and `make test` work on a fresh Debian 12 with Go, gcc, make and git.

VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -X main.version=$(VERSION)
NFPM     = github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.43.0
DEB      = $(shell build/deb-version '$(VERSION)' "$$(git log -1 --format=%cd --date=format:%Y%m%d%H%M%S 2>/dev/null)")
DEB_ARCH ?= amd64
GOLANGCI = github.com/golangci/golangci-lint/v2/cmd/golangci-lint@v2.15.0
FUZZTIME ?= 10s

DAYS     ?= 5000
SEED     ?= 1
DOCS     ?= docs
NOISE    ?= 1e7
LONG     ?= 1
SHELL    := /bin/bash

.PHONY: build demo test race race-cabinets race-rest check long fleet simulate flaky lint fuzz bench noise rig screenshots contract-docs deb deb-test clean

build: ## the two programs, in bin/
	@mkdir -p bin
	go build -trimpath -ldflags "$(LDFLAGS)" -o bin/ ./cmd/...

demo: build ## a simulated cabinet with an ordinary lockerd; Ctrl-C stops it; DEMO for lockersim's flags
	bin/lockersim --lockerd bin/lockerd $(DEMO)

# What starts whole programs mostly waits, and begins first, with the browser that has most to look at; what computes fills in. SIDE
# packages are tried side by side. Half of the processor time of some tests was collecting garbage: they have memory instead.
LONGEST = ./cmd/lockerd ./internal/ui ./cmd/lockerdesk ./cmd/lockersim ./build ./internal/truth
SIDE   ?= 5
test check simulate: export GOGC := 400

test: ## every test, without the race detector; installs what they need when it is missing
	build/test-needs
	go test -p $(SIDE) -timeout 60m $(LONGEST) ./...

# The race detector makes everything up to ten times as expensive. ALONE shares nothing between threads: the rules, people and metal
# beside them, and what looks at the tree. SHORT lives long in simulated time, has a browser look at hundreds of screens or draws
# hundreds of PDFs: with the detector it runs in its short form. Of whole cabinets, most of whose time is other programs', RACED are
# those whose threads meet most; `make long` has all of them watched. What lockerdesk's processes consist of is watched package by package.
ALONE = ./build/... ./internal/locker ./internal/truth/...
SHORT = ./internal/ui ./internal/lockboard ./internal/document
RACED = TestTheMainJob|TestWhatStandsAroundLies|TestBoardTools|TestADiskThatRefusesWhileRunning|TestRotatingTheMasterKey|TestForgedAcksForgetNothing|TestAProfileOfARunningCabinet|TestAPosterOnTheIdleScreen|TestATakenOverBroker

race: ## the tests of what threads share, under the race detector: whole cabinets beside the rest, for they mostly wait
	build/test-needs
	$(MAKE) --no-print-directory --output-sync=line -j2 race-cabinets race-rest

race-cabinets:
	go test -race -timeout 60m -run '^($(RACED))$$' ./cmd/lockerd

race-rest:
	go test -race -short $(SHORT)
	go test -race -timeout 60m $$(go list ./... | grep -v -x -F -e lockerd/cmd/lockerd -e lockerd/cmd/lockerdesk -f <(go list $(ALONE) $(SHORT)))

check: ## the quick loop: vet, and short tests of all packages but those that start whole programs
	go vet ./...
	go test -vet=off -short $$(go list ./... | grep -v -x -E 'lockerd/cmd/(lockerd|lockerdesk)')

fuzz: ## FUZZTIME of each fuzz target
	build/fuzz $(FUZZTIME)

long: ## what takes too long for CI; LONG= for its short form, without what make test runs as well; docs/testing.md
	build/test-needs
	$(if $(LONG),build/rig/needs)
	$(if $(LONG),LOCKERD_LONG=1 go test -count=1 -v -timeout 30m -run '^TestPowerCut' ./build/rig)
	LOCKERD_LONG=$(LONG) go test -race -count=1 -v -timeout 30m -run '^TestKilledAtAnyMoment$$' ./cmd/lockerd
	$(if $(LONG),go test -race -count=1 -parallel 6 -timeout 90m ./cmd/lockerd)
	LOCKERD_LONG=$(LONG) go test -count=1 -v -timeout 90m -run '^TestDeskKilledAtAnyMoment$$' ./cmd/lockerdesk
	go test -race -count=$(if $(LONG),5,1) -timeout 30m -run '^TestKill$$' ./internal/journal
	go test -count=1 -timeout 30m -run '^TestWhateverComes$$' ./internal/locker -rapid.checks=$(if $(LONG),20000,100)
	LOCKERD_LONG=$(LONG) go test -count=1 -v -timeout 60m -run '^TestRestartedAndCutAtRandom$$' ./internal/sync
	LOCKERD_LONG=$(LONG) go test -count=1 -v -timeout 60m -run '^TestADayWithTheBrokerAway$$' ./cmd/lockerd
	LOCKERD_LONG=$(LONG) go test -count=1 -v -timeout 30m -run '^TestHealthy$$' ./internal/lockboard
	$(if $(LONG),LOCKERD_LONG=1 go test -count=1 -v -timeout 90m -run '^TestRandomTouches$$' ./cmd/lockerd)
	$(if $(LONG),LOCKERD_LONG=1 go test -count=1 -v -timeout 20m -run '^TestKeysReachNothing$$' ./cmd/lockerd)
	$(if $(LONG),LOCKERD_LONG=1 go test -count=1 -v -timeout 20m -run '^TestPageBreaksNoPolicy$$' ./internal/ui)
	$(if $(LONG),LOCKERD_LONG=1 go test -count=1 -timeout 20m -run '^TestLives$$' ./cmd/lockersim)
	$(if $(LONG),LOCKERD_LONG=1 go test -count=1 -v -timeout 60m -run '^TestPlantedBugs$$' ./internal/truth)
	$(if $(LONG),LOCKERD_LONG=1 go test -count=1 -v -timeout 60m -run '^TestWhatStandsAroundLies$$' ./cmd/lockerd)
	go run ./internal/truth/simulate -days $(if $(LONG),100000,$(DAYS)) -seed $(SEED)
	$(MAKE) --no-print-directory fuzz FUZZTIME=$(if $(LONG),60s,$(FUZZTIME))

flaky: ## every package RUNS times (5), shuffled, the last time beside four busy loops; PACKAGES and TESTS for some of them; docs/testing.md
	build/test-needs
	build/flaky '$(or $(RUNS),5)' '$(TESTS)' $(or $(PACKAGES),./...)

simulate: ## DAYS cabinet-days of people and metal from SEED, on all cores: is what the rules believe true? docs/testing.md
	go run ./internal/truth/simulate -days $(DAYS) -seed $(SEED)

rig: ## cameras, serial adapters, scanners and pins, on true devices of a virtual machine; a minute; docs/testing.md
	build/rig/needs
	LOCKERD_RIG=host go test -count=1 -v -timeout 10m -run '^TestDevices$$' ./build/rig

lint: ## the linters, as in CI
	go vet ./...
	go mod tidy -diff
	go run $(GOLANGCI) run

bench: ## the figures, into docs/performance.md; RUNS=1 for one run instead of three, of some 15 minutes each; RUNS=short to see that they can be taken
	build/test-needs
	go test -run '^$$' -bench . -benchtime $(if $(filter short,$(RUNS)),1x,$(if $(filter 1,$(RUNS)),100ms,1s)) ./internal/...
	LOCKERD_FIGURES=$(abspath $(DOCS))/performance.md LOCKERD_FIGURES_RUNS=$(RUNS) \
		go test -count=1 -timeout 3h -v -run '^TestFigures$$' ./cmd/lockerd

fleet: ## N cabinets (1000) at three NATS servers and two lockerdesks, of which some die; a day lasts DAY (12m); 20 minutes, with N=12 two; docs/scale.md
	build/test-needs
	LOCKERD_FLEET=$(or $(N),1000) LOCKERD_FLEET_DAY=$(DAY) go test -count=1 -timeout 90m -v -run '^TestFleet$$' ./cmd/lockerdesk

noise: ## the noise campaign of 1e7 exchanges, the arithmetic beside it and how fast boards are asked, into docs/lockboards.md; some 10 minutes
	LOCKERD_NOISE=$(NOISE) LOCKERD_NOISE_INTO=$(abspath $(DOCS))/lockboards.md \
		go test -count=1 -timeout 2h -run '^(TestNoiseCampaign|TestResidualRisk|TestLineTime|TestReleaseWaitsForOneExchange)$$' ./internal/lockboard

screenshots: ## every screen in every language and size, in screenshots/; SHORT=-short for each sixth in one language on one glass
	build/test-needs
	LOCKERD_SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 $(SHORT) -timeout 60m -run '^(TestScreens|TestPage)$$' ./internal/ui ./cmd/lockersim

contract-docs: ## docs/asyncapi.yaml as a page, bin/contract.html
	build/test-needs
	@mkdir -p bin
	node build/asyncapi/check.mjs docs/asyncapi.yaml
	node build/asyncapi/page.mjs docs/asyncapi.yaml bin/contract.html

deb: build ## the Debian packages for DEB_ARCH (amd64, arm64), in bin/; build them on Debian 12
	@mkdir -p bin/deb
	CGO_ENABLED=1 GOARCH=$(DEB_ARCH) $(if $(filter arm64,$(DEB_ARCH)),CC=aarch64-linux-gnu-gcc) \
		go build -trimpath -buildmode=pie -ldflags "$(LDFLAGS) -s -w" -o bin/deb/ ./cmd/lockerd ./cmd/lockerdesk
	for tool in make-keys rotate-master with-keys; do build/deb-manual systemd/lockerd-$$tool | gzip -9n > bin/deb/lockerd-$$tool.8.gz || exit; done
	set -e -o pipefail; for program in lockerd lockerdesk; do \
		for shell in bash zsh fish; do bin/$$program describe $$shell > bin/deb/$$program.$$shell; done; \
		bin/$$program describe man | gzip -9n > bin/deb/$$program.1.gz; \
		sed 's/^$$/./; s/^/ /' LICENSE | cat build/deb/copyright - | sed "s,linked into lockerd are,linked into $$program are,; s,/doc/lockerd/,/doc/$$program/," > bin/deb/copyright-$$program; \
		printf '%s (%s) stable; urgency=medium\n\n  * What changed is in /usr/share/doc/%s/CHANGELOG.md.\n\n -- lockerd maintainers <maintainers@lockerd.invalid>  %s\n' \
			$$program '$(DEB)' $$program "$$(git log -1 --format=%cD 2>/dev/null || date -R)" | gzip -9n > bin/deb/changelog-$$program.gz; \
		build/notices $$program > bin/deb/third-party-$$program; \
		LOCKERD_VERSION='$(DEB)' LOCKERD_ARCH=$(DEB_ARCH) go run $(NFPM) package --config build/nfpm-$$program.yaml --packager deb \
			--target "bin/$${program}_$(DEB)_$(DEB_ARCH).deb"; \
	done

deb-test: deb ## have lintian look at them, install them in a container that boots, and see that they start; as root
	build/deb-test 'bin/lockerd_$(DEB)_$(DEB_ARCH).deb'
	build/deb-test 'bin/lockerdesk_$(DEB)_$(DEB_ARCH).deb'

clean:
	rm -rf bin screenshots
