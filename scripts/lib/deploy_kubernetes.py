"""Checks manifests against Kubernetes' schemas, and that their parts name each other rightly.

Writes the ConfigMap's file and the probes to a directory, for the program to be run with."""

import os, sys
import kubernetes_validate, yaml

path, out = sys.argv[1:]
VERSIONS = ["1.25", "1.29", "1.33"]


def need(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")


documents = list(yaml.safe_load_all(open(path)))
versions = set(VERSIONS) | {kubernetes_validate.latest_version()}
for document in documents:
    for version in sorted(versions):
        kubernetes_validate.validate(document, version, strict=True)
named = {(one["kind"], one["metadata"]["name"]): one for one in documents}
names = [key for key in named]
need(len(names) == len(documents), "two documents are of one kind and name")
for one in documents:
    need(
        one["kind"] == "Namespace" or one["metadata"].get("namespace") == "barograph",
        f"{one['kind']} has no namespace",
    )
workload = named["StatefulSet", "barograph"]["spec"]
service = named["Service", "barograph"]["spec"]
pod = workload["template"]
labels = pod["metadata"]["labels"]
need(workload["replicas"] == 1, "more than one writer")
need(workload["selector"]["matchLabels"].items() <= labels.items(), "the set's selector")
need(service["selector"].items() <= labels.items(), "the service's selector")
need(("Service", workload["serviceName"]) in named, "serviceName")
container = pod["spec"]["containers"][0]
ports = {port["name"] for port in container["ports"]}
for port in service["ports"]:
    need(port["targetPort"] in ports, f"the service's port {port['name']}")
volumes = {volume["name"]: volume for volume in pod["spec"]["volumes"]}
claims = {claim["metadata"]["name"] for claim in workload["volumeClaimTemplates"]}
for mount in container["volumeMounts"]:
    need(mount["name"] in volumes or mount["name"] in claims, f"the volume {mount['name']}")
need(("ConfigMap", volumes["configuration"]["configMap"]["name"]) in named, "the ConfigMap")
need(("Secret", container["envFrom"][0]["secretRef"]["name"]) in named, "the Secret")
policy = named["NetworkPolicy", "barograph"]["spec"]
need(policy["podSelector"]["matchLabels"].items() <= labels.items(), "the policy's selector")
text = named["ConfigMap", "barograph"]["data"]["barograph.yaml"]
settings = yaml.safe_load(text)
mounts = [mount["mountPath"] for mount in container["volumeMounts"]]
need(settings["data"] in mounts, "the data directory is a volume")
need(os.path.dirname(settings["keys_file"]) in mounts, "the keys are a volume")
need(volumes["keys"]["secret"]["defaultMode"] & 0o022 == 0, "others may write the keys")
need("anonymous" not in settings, "somebody needs no key")
limit = int(container["resources"]["limits"]["memory"].removesuffix("Mi"))
need(limit >= 2 * int(settings["memory_limit"].removesuffix("MiB")), "room beside memory_limit")
with open(os.path.join(out, "barograph.yaml"), "w") as file:
    file.write(text)
with open(os.path.join(out, "probes"), "w") as file:
    for probe in ("startupProbe", "livenessProbe", "readinessProbe"):
        call = container[probe]["httpGet"]
        need(call["port"] in ports, f"the port of {probe}")
        host = [header["value"] for header in call["httpHeaders"] if header["name"] == "Host"]
        file.write(f"{call['path']} {host[0]}\n")
    for host in settings["allowed_hosts"]:
        file.write(f"name {host}\n")
print(f"{len(documents)} documents are right by the schemas of {', '.join(sorted(versions))}")
