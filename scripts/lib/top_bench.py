"""Measures barograph top against a collector with thousands of groups; see scripts/top-bench."""

import fcntl
import json
import os
import pty
import select
import shutil
import socket
import struct
import subprocess
import tempfile
import termios
import threading
import time
import urllib.request

PROGRAM = os.environ["BAROGRAPH_PROGRAM"]
COUNT = int(os.environ.get("GROUPS", "5000"))
RATE = int(os.environ.get("RATE", "400"))
LONG = int(os.environ.get("SECONDS_LONG", "30"))
TICKS = os.sysconf("SC_CLK_TCK")
ROWS, COLUMNS = 110, 160


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def cpu_seconds(pid):
    """Processor time of a process by the scheduler's own count, which is finer than ticks."""
    total = 0
    for task in os.listdir(f"/proc/{pid}/task"):
        try:
            with open(f"/proc/{pid}/task/{task}/schedstat", encoding="ascii") as file:
                total += int(file.read().split()[0])
        except (OSError, ValueError):
            pass
    return total / 1e9


class Feeder(threading.Thread):
    """Sends calls of every group in turn."""

    def __init__(self, url):
        super().__init__(daemon=True)
        self.url, self.next, self.is_ending = url, 0, False

    def send(self, count):
        lines = []
        for _ in range(count):
            group = self.next % COUNT
            self.next += 1
            lines.append(json.dumps({
                "type": "llm", "service": f"s{group % 20}", "provider": f"p{group % 7}",
                "model": f"model-{group}", "operation": "chat", "duration_ms": 100 + group % 900,
                "status": "error" if group % 17 == 0 else "ok", "ttft_ms": 50,
                "input_tokens": 1000, "output_tokens": 100, "cost_usd": 0.001 * (group % 13)}))
        request = urllib.request.Request(
            self.url + "/v1/events", data="\n".join(lines).encode(),
            headers={"Content-Type": "application/x-ndjson"})
        urllib.request.urlopen(request).read()

    def run(self):
        beat = time.monotonic()
        while not self.is_ending:
            self.send(RATE)
            beat += 1
            time.sleep(max(0, beat - time.monotonic()))


class Top:
    """top on a terminal of its own."""

    def __init__(self, url, folder):
        self.written, self.first, self.data = b"", None, None
        self.is_ending = False
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", ROWS, COLUMNS, 0, 0))
        environment = {"TERM": "xterm-256color", "LANG": "C.UTF-8", "XDG_CONFIG_HOME": folder}
        self.begin = time.monotonic()
        self.process = subprocess.Popen(
            [PROGRAM, "top", "--url", url, "--by", "models"], stdin=slave, stdout=slave,
            stderr=slave, env=environment, start_new_session=True)
        os.close(slave)
        self.master = master
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()

    def read(self):
        while not self.is_ending:
            if not select.select([self.master], [], [], 0.2)[0]:
                continue
            try:
                piece = os.read(self.master, 1 << 16)
            except OSError:
                return
            now = time.monotonic() - self.begin
            self.written += piece
            if self.first is None and b"\x1b[?2026l" in self.written:
                self.first = now
            if self.data is None and b"model-" in self.written:
                self.data = now

    def end(self):
        os.write(self.master, b"q")
        self.process.wait(10)
        self.is_ending = True
        self.reader.join()
        os.close(self.master)


def main():
    folder = tempfile.mkdtemp(prefix="barograph-top-bench-")
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    with open(f"{folder}/log", "w", encoding="ascii") as log:
        server = subprocess.Popen(
            [PROGRAM, "serve", "--listen", f"127.0.0.1:{port}", "--udp", "off", "--data",
             f"{folder}/data"], stdout=log, stderr=log,
            # Rules cost what they cost with or without a view.
            env={**os.environ, "BAROGRAPH_WINDOWS_GROUPS": str(COUNT + 10),
                 "BAROGRAPH_STARTER_RULES": "false"})
    try:
        for _ in range(200):
            try:
                urllib.request.urlopen(url + "/readyz").read()
                break
            except OSError:
                time.sleep(0.05)
        feeder = Feeder(url)
        feeder.send(COUNT)
        feeder.start()
        # The windows of a minute hold as much as they ever will.
        time.sleep(max(5, min(60, LONG * 2)))
        groups = json.load(urllib.request.urlopen(
            url + "/v1/windows?by=provider,model&window=1m&limit=1&fields=rpm"))["groups_total"]
        start, before = cpu_seconds(server.pid), time.monotonic()
        time.sleep(LONG)
        idle = (cpu_seconds(server.pid) - start) / (time.monotonic() - before)
        top = Top(url, folder)
        time.sleep(3)
        start, own, before = cpu_seconds(server.pid), cpu_seconds(top.process.pid), time.monotonic()
        size = len(top.written)
        time.sleep(LONG)
        length = time.monotonic() - before
        busy = (cpu_seconds(server.pid) - start) / length
        own = (cpu_seconds(top.process.pid) - own) / length
        shown = len({line for line in top.written.split(b"model-")[1:101]})
        top.end()
        feeder.is_ending = True
        print(f"groups in the table          {groups}")
        print(f"calls a second               {RATE}")
        print(f"terminal                     {COLUMNS}x{ROWS}, rows seen {shown}")
        print(f"first frame                  {top.first * 1e3:.0f} ms")
        print(f"first frame with figures     {top.data * 1e3:.0f} ms")
        print(f"top                          {own * 100:.2f} % of a core")
        print(f"collector without top        {idle * 100:.2f} % of a core")
        print(f"collector with top           {busy * 100:.2f} % of a core")
        print(f"what top costs the collector {(busy - idle) * 100:.2f} % of a core")
        print(f"written to the terminal      {(len(top.written) - size) / length / 1e3:.1f} KB/s")
        return 0
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    raise SystemExit(main())
