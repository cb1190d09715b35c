"""What a schema cannot say of the manifests: that they keep the promises of ARCHITECTURE.md."""

import pathlib
import sys

import yaml

BASE = pathlib.Path("k8s/base")
# DESIGN's table: which stores a service may reach. Ports stand for the systems.
REACH = {
    "gateway": {5432, 6379, 5672, 8080},
    "results": {5432, 6379, 5672, 443},
    "fetcher": {5672, 443},
    "connector": {5672, "any"},
    "analyzer": {5672},
}
COMMON = {53, 4318, 5671}
DATABASE = {"DATABASE_URL", "REDIS_URL"}
faults = []


def documents():
    listed = yaml.safe_load((BASE / "kustomization.yaml").read_text())["resources"]
    present = sorted(p.name for p in BASE.glob("*.yaml") if p.name != "kustomization.yaml")
    if sorted(listed) != present:
        faults.append(f"kustomization.yaml lists {sorted(listed)}, the folder holds {present}")
    for name in listed:
        yield from (d for d in yaml.safe_load_all((BASE / name).read_text()) if d)


def ports(policy):
    found = set()
    for rule in policy["spec"].get("egress", []):
        found |= {p["port"] for p in rule["ports"]} if "ports" in rule else {"any"}
    return found


def main():
    policies, deployments = {}, {}
    for doc in documents():
        if doc["kind"] == "NetworkPolicy":
            policies[doc["metadata"]["name"]] = doc
        if doc["kind"] == "Deployment":
            deployments[doc["metadata"]["name"]] = doc
    if set(deployments) != set(REACH):
        faults.append(f"deployments are {sorted(deployments)}, expected {sorted(REACH)}")
    for name, allowed in REACH.items():
        if name not in policies:
            faults.append(f"{name} has no network policy")
            continue
        if ports(policies[name]) - COMMON != allowed:
            faults.append(f"{name} may reach {ports(policies[name]) - COMMON}, the table says {allowed}")
        pod = deployments[name]["spec"]["template"]["spec"]
        for container in pod["containers"]:
            variables = {e["name"] for e in container["env"]}
            if name in ("fetcher", "connector", "analyzer") and variables & DATABASE:
                faults.append(f"{name} is a worker and must not be given {variables & DATABASE}")
            if ("HUB_SEALING_PRIVATE_KEY" in variables) != (name == "connector"):
                faults.append(f"{name}: only the connector holds the private sealing key")
            context = container["securityContext"]
            if not context["readOnlyRootFilesystem"] or context["allowPrivilegeEscalation"] or not pod["securityContext"]["runAsNonRoot"]:
                faults.append(f"{name} must run as non-root on a read-only root file system")
            for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
                if probe not in container:
                    faults.append(f"{name} has no {probe}")
            if "memory" not in container["resources"]["limits"]:
                faults.append(f"{name} has no memory limit")
            values = {e["name"]: e.get("value") for e in container["env"]}
            if name == "analyzer":
                children = int(values["HUB_CHILD_MEMORY_BYTES"]) * int(values["HUB_QUEUE_PREFETCH"])
                if children >= int(container["resources"]["limits"]["memory"].removesuffix("Gi")) << 30:
                    faults.append("the analyzer's children may take more memory than its limit: one file could end the worker")
    for fault in faults:
        print(f"manifests: {fault}", file=sys.stderr)
    sys.exit(bool(faults))


main()
