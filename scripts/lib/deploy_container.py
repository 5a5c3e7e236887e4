"""Checks that the container file and compose.yaml name what there is."""

import os, re, sys
import yaml

place = sys.argv[1]


def need(condition, message):
    if not condition:
        sys.exit(f"FAILED: {message}")


text = open(os.path.join(place, "Containerfile")).read()
steps = re.sub(r"\\\n", " ", re.sub(r"^#.*\n", "", text, flags=re.M)).strip().split("\n")
words = [step.split(None, 1)[0] for step in steps]
known = "FROM RUN ADD USER WORKDIR VOLUME EXPOSE STOPSIGNAL HEALTHCHECK ENTRYPOINT CMD".split()
need(words[0] == "FROM" and set(words) <= set(known), f"unknown instructions in {words}")
need("USER 10001:10001" in steps, "it would run as root")
compose = yaml.safe_load(open(os.path.join(place, "compose.yaml")))
service = compose["services"]["barograph"]
context = os.path.normpath(os.path.join(place, service["build"]["context"]))
file = os.path.normpath(os.path.join(context, service["build"]["dockerfile"]))
need(os.path.samefile(file, os.path.join(place, "Containerfile")), "the Containerfile's place")
for volume in service["volumes"]:
    source, target = volume.split(":")[:2]
    need(
        source in compose["volumes"] or os.path.exists(os.path.join(place, source)),
        f"the volume {source}",
    )
need(all(port.startswith("127.0.0.1:") for port in service["ports"]), "published beyond loopback")
settings = yaml.safe_load(open(os.path.join(place, "barograph.yaml")))
need("barograph" in settings["allowed_hosts"], "other services cannot reach it by its name")
print("Containerfile and compose.yaml name what there is")
