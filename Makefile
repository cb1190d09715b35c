# The commands of the house. `make help` lists them.
.PHONY: help up down test check conformance fmt lint eval bench generate clean

help: ## what there is
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-12s %s\n", $$1, $$2}'

up: ## a whole MCP Hub on this machine, with private servers; prints the URL, a key and a command to try
	@deploy/dev/up.sh

down: ## stops what `make up` started; keeps the data
	@deploy/dev/down.sh

test: ## every test, against private Postgres, Redis and RabbitMQ of its own
	@deploy/dev/test.sh

check: fmt lint ## format, lint, the arrows of the house, generated files, manifests
	@deploy/checks/run.sh

conformance: ## the protocol's own suite, with the connector as the client under test
	@tests/conformance/run.sh

fmt:
	cargo fmt --all --check

lint:
	cargo clippy --workspace --all-targets --locked -- -D warnings

eval: ## recall and precision of discovery and detection: make eval CORPUS=DIR
	@tests/eval/run.sh "$(CORPUS)"

bench: ## speed and size, as ratios within one run
	@tests/bench/run.sh

generate: ## rewrites what is generated from the code: OpenAPI document, rule book, settings reference
	@deploy/checks/generate.sh

clean: ## removes build output and development data
	cargo clean
	rm -rf .dev
