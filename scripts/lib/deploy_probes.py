"""Starts the program with a configuration and asks it as probes do: PROGRAM CONFIG [PROBES] [HOST].

PROBES is a file of `path host` lines; HOST a further name that has to be let in."""

import subprocess, sys
from deploy_collector import PROGRAM, Collector, expect

config, probes, *hosts = sys.argv[2:]
lines = open(probes).read().split("\n") if probes else ["/livez localhost", "/readyz localhost"]
collector = Collector(config=config)
for line in filter(None, lines):
    path, host = line.split()
    if path == "name":
        hosts.append(host)
        continue
    status, text = collector.ask("GET", path, host=host)
    expect(status == 200 and '"status":"ok"' in text, f"{path} with the Host {host}")
for host in hosts:
    expect(collector.ask("GET", "/livez", host=f"{host}:4318")[0] == 200, f"reached as {host}")
expect(collector.ask("GET", "/livez", host="rebind.example.org")[0] in (403, 421), "not as another")
ready = subprocess.run([PROGRAM, "doctor", "--ready"], capture_output=True, text=True)
expect(ready.returncode == 0, "doctor --ready says so")
collector.end()
gone = subprocess.run([PROGRAM, "doctor", "--ready"], capture_output=True, text=True)
expect(gone.returncode == 1, "and not once the collector has gone")
