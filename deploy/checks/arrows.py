"""Which crate may depend on which, and which crate alone may name a driver. The picture of it is in ARCHITECTURE.md."""

import json
import subprocess
import sys

GROUND = {"hub-model", "hub-secrets", "hub-net", "hub-runtime"}
STAGES = {"hub-fetch", "hub-connect", "hub-analyze", "hub-report", "hub-pipeline"}
SEAMS = {"hub-queue", "hub-store", "hub-cache", "hub-directory", "hub-artifacts", "hub-http", "hub-runtime"}

# For each crate, the crates of the house that it may name (normal and build dependencies; tests may use hub-testing besides).
MAY = {
    "hub-model": set(),
    "hub-secrets": {"hub-model"},
    "hub-wire": {"hub-model", "hub-secrets"},
    "hub-net": {"hub-model"},
    "hub-runtime": {"hub-model"},
    "hub-clients": {"hub-model"},
    "hub-syntax": {"hub-model"},
    "hub-deps": {"hub-model"},
    "hub-engine": {"hub-model", "hub-syntax", "hub-deps"},
    "hub-discover": {"hub-model", "hub-syntax", "hub-engine"},
    "hub-rules": {"hub-model", "hub-syntax", "hub-engine", "hub-deps"},
    "hub-analyze": {"hub-model", "hub-clients", "hub-syntax", "hub-engine", "hub-discover", "hub-rules", "hub-deps"},
    "hub-report": {"hub-model", "hub-engine", "hub-rules"},
    "hub-fetch": {"hub-model", "hub-net", "hub-secrets", "hub-deps"},
    "hub-connect": {"hub-model", "hub-net", "hub-secrets"},
    "hub-pipeline": GROUND | STAGES | {"hub-rules", "hub-discover", "hub-engine", "hub-syntax"},
    "hub-codec": {"hub-model"},
    "hub-queue": {"hub-wire", "hub-model", "hub-runtime"},
    "hub-store": {"hub-model", "hub-secrets"},
    "hub-cache": {"hub-model"},
    "hub-artifacts": {"hub-model", "hub-codec"},
    "hub-http": {"hub-wire", "hub-model", "hub-secrets"},
    "hub-directory": {"hub-store", "hub-cache", "hub-http", "hub-model", "hub-secrets"},
    "hub-testing": GROUND | {"hub-wire"},
    # Services: seams and, where they run a stage, that stage. The workers know no database and no cache.
    "hub-gateway": SEAMS - {"hub-artifacts"} | {"hub-wire", "hub-model", "hub-secrets", "hub-net", "hub-clients"},
    "hub-results": SEAMS | {"hub-wire", "hub-model", "hub-secrets", "hub-report", "hub-net"},
    "hub-fetcher": {"hub-queue", "hub-artifacts", "hub-runtime", "hub-wire", "hub-model", "hub-net", "hub-fetch", "hub-secrets"},
    "hub-connector": {"hub-queue", "hub-artifacts", "hub-runtime", "hub-wire", "hub-model", "hub-net", "hub-connect", "hub-secrets"},
    "hub-analyzer": {"hub-queue", "hub-artifacts", "hub-runtime", "hub-wire", "hub-model", "hub-analyze", "hub-pipeline"},
    "hub-cli": GROUND | STAGES | {"hub-rules", "hub-codec", "hub-clients", "hub-wire"},
    "hub-admin": SEAMS | {"hub-wire", "hub-model", "hub-secrets", "hub-net", "hub-fetch", "hub-connect", "hub-clients", "hub-analyze", "hub-rules", "hub-report", "hub-pipeline", "hub-gateway", "hub-results", "hub-analyzer"},
    "hub-e2e": None,  # may link everything
    "hub-bench": None,
}

# Each outside system has one crate that may name its driver.
DRIVERS = {
    "sqlx": {"hub-store", "hub-testing"},
    "lapin": {"hub-queue", "hub-testing"},
    "redis": {"hub-cache", "hub-testing"},
    "git2": {"hub-fetch"},
    "rmcp": {"hub-connect"},
    "object_store": {"hub-artifacts"},
    "oxc_parser": {"hub-syntax"},
    "ruff_python_parser": {"hub-syntax"},
}

# From model to report the analysing crates are bytes in, values out.
PURE = {"hub-model", "hub-deps", "hub-clients", "hub-syntax", "hub-engine", "hub-discover", "hub-rules", "hub-analyze", "hub-report", "hub-codec"}
IMPURE = {"tokio", "reqwest", "hyper", "axum", "async-std", "sqlx", "lapin", "redis", "tempfile", "hub-net", "hub-runtime"}


def main():
    data = json.loads(subprocess.check_output(["cargo", "metadata", "--format-version", "1", "--no-deps", "--locked"]))
    faults = []
    for package in data["packages"]:
        name = package["name"]
        if name not in MAY:
            faults.append(f"{name} is not in deploy/checks/arrows.py: say what it may depend on")
            continue
        for dependency in package["dependencies"]:
            to, dev = dependency["name"], dependency["kind"] == "dev"
            if to.startswith("hub-") and MAY[name] is not None and to not in MAY[name] and not dev:
                faults.append(f"{name} must not depend on {to}")
            if to in DRIVERS and name not in DRIVERS[to] and not dev and MAY[name] is not None:
                faults.append(f"{name} names the driver {to}; only {', '.join(sorted(DRIVERS[to]))} may")
            if name in PURE and to in IMPURE and not dev:
                faults.append(f"{name} is pure and must not depend on {to}")
    for fault in faults:
        print(f"arrows: {fault}", file=sys.stderr)
    sys.exit(bool(faults))


if __name__ == "__main__":
    main()
