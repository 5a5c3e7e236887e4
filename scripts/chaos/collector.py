"""A collector under test: started and ended by its process id, asked over HTTP."""

import argparse, atexit, http.client, json, os, shutil, signal
import socket, subprocess, sys, tempfile, time

TOP = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))


def program():
    """The release program, built by scripts/barograph, or the one BAROGRAPH_PROGRAM names."""
    named = os.environ.get("BAROGRAPH_PROGRAM")
    if named:
        return named
    for path in (".build/release/barograph", ".build/start/barograph"):
        if os.path.exists(os.path.join(TOP, path)):
            return os.path.join(TOP, path)
    sys.exit("build first: scripts/barograph version")


def options(description, rounds):
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--rounds", type=int, default=rounds)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--smoke", action="store_true", help="a short run")
    return parser.parse_args()


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Collector:
    """One collector on a directory of its own; `start` again goes on with the same data."""

    def __init__(self, directory=None, port=None, config=None, **settings):
        self.directory = directory or tempfile.mkdtemp(prefix="barograph-chaos-")
        self.owns = directory is None
        self.port = port or free_port()
        self.arguments = ["--config", config] if config else []
        self.settings = {f"BAROGRAPH_{key.upper()}": str(value) for key, value in settings.items()}
        self.process = None
        self.log_path = os.path.join(tempfile.gettempdir(), f"barograph-chaos-{os.getpid()}.log")
        self.log = open(self.log_path, "ab")
        atexit.register(self.abandon)
        self.start()

    def start(self):
        began = time.monotonic()
        self.process = subprocess.Popen(
            [
                program(),
                "serve",
                "--data",
                os.path.join(self.directory, "data"),
                "--listen",
                f"127.0.0.1:{self.port}",
                "--udp",
                f"127.0.0.1:{self.port}",
                *self.arguments,
            ],
            stderr=self.log,
            env={**os.environ, **self.settings},
        )
        while True:
            if self.process.poll() is not None:
                sys.exit(
                    f"the collector ended with {self.process.returncode}; see {self.log.name}"
                )
            try:
                if self.get("/readyz")[0] in (200, 503):
                    return time.monotonic() - began
            except OSError:
                pass
            if time.monotonic() - began > 20:
                sys.exit("the collector is not ready after 20 s")
            time.sleep(0.002)

    def kill(self):
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def abandon(self):
        """Leaves no collector behind where the script ends in the middle."""
        if self.process is not None and self.process.poll() is None:
            self.kill()
            self.remove()

    def stop(self):
        code = self.end()
        self.remove()
        return code

    def end(self):
        """Stops the collector and leaves its files."""
        self.process.terminate()
        code = self.process.wait(timeout=30)
        self.log.close()
        return code

    def remove(self):
        if self.owns:
            shutil.rmtree(self.directory, ignore_errors=True)

    def connect(self, timeout=20):
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=timeout)

    def get(self, path):
        connection = self.connect()
        connection.request("GET", path)
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body

    def sql(self, statement):
        return json.loads(self.sql_text(statement))["rows"]

    def sql_text(self, statement):
        connection = self.connect(60)
        connection.request(
            "POST",
            "/v1/sql",
            json.dumps({"query": statement}),
            {"Content-Type": "application/json"},
        )
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        if answer.status != 200:
            sys.exit(f"SQL was answered {answer.status}: {body[:200]}")
        return body.decode()

    def metrics(self):
        figures = {}
        for line in self.get("/metrics")[1].decode().splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                figures[name] = float(value)
        return figures

    def metrics_total(self, name):
        return sum(
            value
            for key, value in self.metrics().items()
            if key == name or key.startswith(name + "{")
        )

    def resident_mib(self):
        with open(f"/proc/{self.process.pid}/statm") as facts:
            return int(facts.read().split()[1]) * 4 / 1024

    def check_books(self):
        """Everything received is accounted for."""
        figures = self.metrics()
        for door in ("http", "udp"):

            def total(name):
                return sum(
                    value
                    for key, value in figures.items()
                    if key.startswith(f"barograph_events_{name}") and f'intake="{door}"' in key
                )

            outcomes = sum(
                total(f"{name}_total")
                for name in ("stored", "duplicate", "amended", "rejected", "shed")
            ) + total("queued")
            expect(
                total("received_total") == outcomes,
                f"the books of {door} do not balance: {total('received_total')} != {outcomes}",
            )


def wait_until(condition, seconds=30):
    """Waits until a condition holds, or fails."""
    end = time.monotonic() + seconds
    while not condition():
        expect(time.monotonic() < end, f"waited {seconds} s in vain")
        time.sleep(0.02)


def expect(condition, message):
    if not condition:
        print("FAILED:", message)
        sys.exit(1)
