"""Makes of an image's facts (buildah inspect, on standard input) and its root a bundle for runc:
read-only, without capabilities, bounded in memory, with a volume, as compose.yaml says."""

import json, os, sys

bundle, root, volume, settings = sys.argv[1:]
image = json.load(sys.stdin)["Docker"]["config"]
path = os.path.join(bundle, "config.json")
# As `runc spec` has written it.
spec = json.load(open(path))
user, group = map(int, image["User"].split(":"))
spec["root"] = {"path": root, "readonly": True}
spec["hostname"] = "barograph"
process = spec["process"]
process["terminal"] = False
process["user"] = {"uid": user, "gid": group}
process["args"] = image["Entrypoint"] + image["Cmd"]
process["env"] = image["Env"]
process["cwd"] = image["WorkingDir"]
process["noNewPrivileges"] = True
process["capabilities"] = {}
process.pop("rlimits", None)
spec["linux"]["resources"]["memory"] = {"limit": 1536 << 20}


def bind(source, target, *options):
    return {
        "type": "bind",
        "source": source,
        "destination": target,
        "options": ["bind", "nosuid", "nodev", *options],
    }


spec["mounts"] += [
    {"type": "tmpfs", "source": "tmpfs", "destination": "/tmp", "options": ["nosuid", "nodev"]},
    bind(volume, "/data", "rw"),
    bind(settings, "/etc/barograph/barograph.yaml", "ro"),
]
with open(path, "w") as file:
    json.dump(spec, file)
# What the image says of its health check: the word CMD, then the command.
print("\n".join(image["Healthcheck"]["Test"][1:]))
