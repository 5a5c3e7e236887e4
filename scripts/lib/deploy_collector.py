"""A collector on 127.0.0.1:4318 in a network of its own, for scripts/deploy/check."""

import atexit, http.client, os, shutil, signal, subprocess, sys, tempfile, time

PROGRAM = os.environ["BAROGRAPH_PROGRAM"]


def stop(message):
    print("FAILED:", message, file=sys.stderr)
    sys.exit(1)


def ok(message):
    print("ok:", message, file=sys.stderr)


def expect(condition, message):
    if not condition:
        stop(message)
    ok(message)


class Collector:
    def __init__(self, config=None, before=(), port=4318, **settings):
        self.directory = tempfile.mkdtemp(prefix="barograph-deploy-")
        words = [*before, PROGRAM, "serve"] + (["--config", config] if config else [])
        settings = {f"BAROGRAPH_{key.upper()}": value for key, value in settings.items()}
        if not config or "data:" not in open(config).read():
            words += ["--data", os.path.join(self.directory, "data")]
        self.port = port
        self.log = os.path.join(self.directory, "log")
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(
                words, stderr=log, cwd=self.directory, env={**os.environ, **settings}
            )
        atexit.register(self.process.kill)
        begin = time.monotonic()
        while True:
            if self.process.poll() is not None or time.monotonic() - begin > 60:
                stop("the collector does not start: " + open(self.log).read())
            try:
                self.ask("GET", "/readyz")
                return
            except OSError:
                time.sleep(0.02)

    def ask(self, method, path, body=None, headers={}, host="localhost"):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        connection.request(method, path, body, {"Host": host, **headers})
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        return answer.status, text.decode(errors="replace")

    def command(self, *words):
        """What a command of the program prints, about this collector's data."""
        words = [PROGRAM, *words, "--data", os.path.join(self.directory, "data")]
        done = subprocess.run(words, capture_output=True, text=True, cwd=self.directory)
        if done.returncode:
            stop(f"{words}: {done.stderr}")
        return done.stdout

    def end(self, pid=None):
        os.kill(pid or self.process.pid, signal.SIGTERM)
        code = self.process.wait(timeout=60)
        if code:
            stop(f"the collector ended with {code}: " + open(self.log).read())
        shutil.rmtree(self.directory, ignore_errors=True)
