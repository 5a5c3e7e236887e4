"""Traces the system calls of a collector's life: start, every door, queries, reload, stop."""

import os, signal, socket, subprocess, sys, time
from deploy_collector import PROGRAM, Collector, expect

collector = Collector(before=("strace", "-f", "-q", "-o", sys.argv[2]))
children = f"/proc/{collector.process.pid}/task/{collector.process.pid}/children"
pid = int(open(children).read().split()[0])
event = '{"type":"llm","service":"chat","model":"gpt-4o","input_tokens":12,"output_tokens":5}'
expect(collector.ask("POST", "/v1/events", event)[0] == 200, "an event is taken under strace")
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(event.encode(), ("127.0.0.1", 4318))
for path in (
    "/metrics",
    "/v1/windows",
    "/v1/events",
    "/v1/sources",
    "/api/v1/query?query=llm_requests_total",
    "/v1/events?format=ndjson",
    "/healthz",
):
    expect(collector.ask("GET", path)[0] == 200, path)
data = os.path.join(collector.directory, "data")
subprocess.run(
    [PROGRAM, "backup", "--data", data, os.path.join(data, "copy.db")], check=True, stdout=2
)
os.kill(pid, signal.SIGHUP)
time.sleep(1)
expect("configuration reloaded" in open(collector.log).read(), "SIGHUP reloads")
collector.end(pid)
