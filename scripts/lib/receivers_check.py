"""Strict fake services for scripts/receivers-check, and the judgement of what they were sent."""

import base64
import email
import email.policy
import hashlib
import hmac
import json
import os
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
from email.utils import formatdate

SECRET = "not-a-real-secret"


class Service:
    """Takes connections one after the other; each is answered by the next step of a script."""

    def __init__(self, name, steps, context=None):
        self.name, self.steps, self.context = name, list(steps), context
        self.tried, self.taken, self.faults = [], [], []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.run, daemon=True).start()

    def step(self):
        return self.steps.pop(0) if len(self.steps) > 1 else self.steps[0]

    def run(self):
        while True:
            connection, _ = self.listener.accept()
            threading.Thread(target=self.guard, args=(connection,), daemon=True).start()

    def guard(self, connection):
        connection.settimeout(20)
        try:
            self.serve(connection)
        except (OSError, ssl.SSLError, ValueError):
            pass
        finally:
            connection.close()


class Web(Service):
    """An HTTP service; a step is a status with headers and body, or a way to misbehave."""

    def __init__(self, name, steps, context=None, check=None):
        self.check = check
        super().__init__(name, steps, context)

    def serve(self, plain):
        connection = plain
        if self.steps[0] == "reset in handshake":
            self.step()
            self.tried.append(None)
            reset(plain)
            return
        if self.context:
            connection = self.context.wrap_socket(plain, server_side=True)
        with connection.makefile("rb") as stream:
            while self.exchange(connection, stream):
                pass

    def exchange(self, connection, stream):
        line = stream.readline()
        if not line:
            return False
        headers = {}
        while (field := stream.readline().strip()):
            name, value = field.decode().split(":", 1)
            headers[name.lower()] = value.strip()
        body = stream.read(int(headers.get("content-length", 0)))
        request = {"path": line.split()[1].decode(), "headers": headers, "body": body}
        self.tried.append(request)
        step = self.step()
        if step == "hang":
            time.sleep(1.5)
            return False
        if step == "half":
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")
            return False
        if step == "reset":
            reset(connection)
            return False
        status, extra, answer = step
        if 200 <= status < 300 and not (b'"ok":false' in answer or b"error" in answer):
            self.taken.append(request)
            if self.check and (fault := self.check(request)):
                self.faults.append(fault)
        head = f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\n"
        head += "".join(f"{name}: {value}\r\n" for name, value in extra.items())
        connection.sendall(head.encode() + b"\r\n" + answer)
        return True


class Post(Service):
    """A mail server; a step says what is different from a good one."""

    def __init__(self, name, steps, context, how):
        self.how, self.tls = how, context
        super().__init__(name, steps)

    def serve(self, connection):
        step = self.step()
        self.tried.append(step)
        if self.how == "tls":
            connection = self.tls.wrap_socket(connection, server_side=True)
        stream = connection.makefile("rb")
        is_private = self.how == "tls"
        is_known = False

        def say(text):
            connection.sendall(text.encode() + b"\r\n")

        say("220 fake ESMTP")
        while (line := stream.readline()):
            if not line.endswith(b"\r\n"):
                self.faults.append("a line without CR LF")
            word = line.strip().decode()
            verb = word.split(" ")[0].upper()
            if verb == "EHLO":
                lines = ["fake", "8BITMIME"]
                if self.how == "starttls" and not is_private and step != "no starttls":
                    lines.append("STARTTLS")
                if is_private:
                    lines.append("AUTH PLAIN LOGIN")
                for index, text in enumerate(lines):
                    say(("250 " if index + 1 == len(lines) else "250-") + text)
            elif verb == "STARTTLS":
                say("220 go")
                connection = self.tls.wrap_socket(connection, server_side=True)
                stream = connection.makefile("rb")
                is_private = True
            elif verb == "AUTH":
                if not is_private:
                    self.faults.append("a password in the clear")
                text = word.split(" ")[2] if word.count(" ") > 1 else None
                if text is None:
                    say("334 ")
                    text = stream.readline().strip().decode()
                is_known = base64.b64decode(text) == f"\0baro\0{SECRET}".encode()
                say("535 wrong" if step == "wrong password" or not is_known else "235 welcome")
            elif verb == "DATA":
                say("354 go")
                message = b""
                while (line := stream.readline()) not in (b".\r\n", b""):
                    if len(line) > 1000 or b"\r" in line[:-2]:
                        self.faults.append("a line too long or torn")
                    message += line[1:] if line.startswith(b".") else line
                if isinstance(step, str) and step[:1] in "45":
                    say(step)
                    continue
                if not is_known:
                    self.faults.append("nobody logged in")
                self.judge(message)
                self.taken.append(message)
                say("250 queued")
            elif verb == "QUIT":
                say("221 bye")
                return
            else:
                say("250 ok")

    def judge(self, raw):
        message = email.message_from_bytes(raw, policy=email.policy.SMTP)
        defects = [d for part in message.walk() for d in part.defects]
        if defects:
            self.faults.append(f"defects {defects}")
        if "Größe" not in message["subject"]:
            self.faults.append(f"subject {message['subject']}")
        for kind in ("plain", "html"):
            body = message.get_body((kind,))
            if body is None or ".a line that begins with a dot — ünsafe" not in body.get_content():
                self.faults.append(f"the {kind} part is not what was sent")
        for name in ("Date", "Message-ID", "In-Reply-To", "References", "MIME-Version"):
            if not message[name]:
                self.faults.append(f"no {name}")


def reset(connection):
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    # What TLS has wrapped is closed beneath it.
    os.close(connection.detach())


def check_signature(request):
    headers, body = request["headers"], request["body"]
    stamp = headers.get("x-webhook-timestamp", "")
    code = hmac.new(SECRET.encode(), stamp.encode() + b"." + body, hashlib.sha256).hexdigest()
    if headers.get("x-webhook-signature") != f"v1={code}":
        return "the signature is wrong"
    return check_json(request)


def check_json(request):
    try:
        json.loads(request["body"])
    except ValueError as error:
        return f"no JSON: {error}"
    return None


def certificates(directory):
    """An authority and the certificates it signed: good, expired; and one signed by nobody."""

    def run(*arguments):
        subprocess.run(["openssl", *arguments], check=True, capture_output=True, cwd=directory)

    key = ["-newkey", "rsa:2048", "-nodes"]
    run("req", "-x509", *key, "-keyout", "ca.key", "-out", "ca.pem", "-days", "2",
        "-subj", "/CN=receivers-check")
    with open(os.path.join(directory, "names"), "w") as file:
        file.write("subjectAltName=IP:127.0.0.1,DNS:localhost\n")
    now = time.time()
    for name, start, end in (("good", -3600, 86400), ("expired", -86400, -3600)):
        run("req", *key, "-keyout", f"{name}.key", "-out", f"{name}.csr", "-subj", "/CN=localhost")
        stamp = lambda offset: time.strftime("%Y%m%d%H%M%SZ", time.gmtime(now + offset))
        open(os.path.join(directory, "index.txt"), "w").close()
        with open(os.path.join(directory, "ca.cnf"), "w") as file:
            file.write(
                "[ca]\ndefault_ca=x\n[x]\ndatabase=index.txt\nnew_certs_dir=.\nrand_serial=yes\n"
                "default_md=sha256\npolicy=p\nunique_subject=no\n[p]\ncommonName=supplied\n")
        run("ca", "-batch", "-config", "ca.cnf", "-cert", "ca.pem", "-keyfile", "ca.key",
            "-in", f"{name}.csr", "-out", f"{name}.pem", "-extfile", "names", "-notext",
            "-startdate", stamp(start), "-enddate", stamp(end))
    run("req", "-x509", *key, "-keyout", "stranger.key", "-out", "stranger.pem", "-days", "2",
        "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1")


def context(directory, name):
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(
        os.path.join(directory, f"{name}.pem"), os.path.join(directory, f"{name}.key"))
    return server


OK = (200, {}, b"ok")


def cases(directory):
    """Name, service, receiver's keys, whether the two messages must be delivered."""
    good, expired, stranger = (context(directory, n) for n in ("good", "expired", "stranger"))
    authority = os.path.join(directory, "ca.pem")

    def web(name, steps, delivered=True, keys=None, tls=good, check=check_signature,
            encrypted=False):
        service = Web(name, steps, tls, check)
        scheme = "https" if tls or encrypted else "http"
        settings = {"type": "webhook", "url": f"{scheme}://127.0.0.1:{service.port}/in",
                    "secret": SECRET, "ca_file": authority, "timeout": "500ms"}
        settings.update(keys or {})
        if settings["type"] not in ("webhook",):
            settings.pop("secret")
        if "url" not in (keys or {}) and settings["type"] == "alertmanager":
            settings["url"] = f"{scheme}://127.0.0.1:{service.port}"
        return name, service, settings, delivered

    def post(name, steps, delivered=True, how="starttls", tls=good, keys=None):
        service = Post(name, steps, tls, how)
        settings = {"type": "email", "server": f"127.0.0.1:{service.port}", "encryption": how,
                    "from": "Barograph <baro@example.test>", "to": ["ops@example.test"],
                    "username": "baro", "password": SECRET, "ca_file": authority,
                    "timeout": "5s"}
        settings.update(keys or {})
        return name, service, settings, delivered

    date = formatdate(time.time() + 60, usegmt=True)
    duty = {"type": "pagerduty", "routing_key": "0" * 32}
    return [
        web("plain", [OK], tls=None),
        web("good", [OK]),
        web("retry-after-seconds", [(429, {"Retry-After": "30"}, b""), OK]),
        web("retry-after-date", [(429, {"Retry-After": date}, b""), OK]),
        web("server-error", [(500, {}, b"oops"), (503, {}, b""), OK]),
        web("hang", ["hang", OK]),
        web("half-answer", ["half", OK]),
        web("reset", ["reset", OK]),
        web("reset-in-handshake", ["reset in handshake", OK]),
        web("plain-reset", ["reset", OK], tls=None),
        web("refused", [(400, {}, b"no")], False),
        web("gone", [(404, {}, b"")], False),
        web("redirect", [(302, {"Location": "https://127.0.0.1/"}, b"")], False),
        web("unknown-authority", [OK], False, tls=stranger),
        web("expired", [OK], False, tls=expired),
        web("speaks-no-tls", [OK], False, tls=None, encrypted=True),
        web("system-authorities", [OK], False, keys={"ca_file": None}),
        web("no-authority-file", [OK], False, keys={"ca_file": "/nonexistent.pem"}),
        web("slack", [(200, {}, b"ok")], keys={"type": "slack"}, check=check_json),
        web("slack-hidden-failure", [(200, {}, b'{"ok":false,"error":"invalid_auth"}')], False,
            keys={"type": "slack"}, check=check_json),
        web("pagerduty", [(202, {}, b'{"status":"success"}')], keys=duty, check=check_json),
        web("pagerduty-throttled", [(429, {}, b""), (202, {}, b"{}")], keys=duty,
            check=check_json),
        web("teams", [(202, {}, b"")], keys={"type": "teams"}, check=check_json),
        web("teams-hidden-throttle", [(200, {}, b"HTTP error 429"), (200, {}, b"1")],
            keys={"type": "teams"}, check=check_json),
        web("alertmanager", [(200, {}, b"")], keys={"type": "alertmanager"}, check=check_json),
        web("opsgenie", [(202, {}, b"{}")],
            keys={"type": "opsgenie", "api_key": "not-a-key"}, check=check_json),
        post("mail-starttls", ["fine"]),
        post("mail-tls", ["fine"], how="tls"),
        post("mail-no-starttls", ["no starttls"], False),
        post("mail-refused-at-data", ["554 spam"], False),
        post("mail-later", ["451 greylisted", "fine"]),
        post("mail-wrong-password", ["wrong password"], False),
        post("mail-unknown-authority", ["fine"], False, tls=stranger),
    ]


def configuration(all_cases):
    receivers = []
    for name, _, settings, _ in all_cases:
        entry = {"name": name, "max_tries": 4}
        entry.update({key: value for key, value in settings.items() if value is not None})
        receivers.append(entry)
    return json.dumps({"receivers": receivers})


def dedup_fault(service):
    keys = {json.loads(r["body"]).get("dedup_key") for r in service.tried if r}
    return f"{len(keys)} dedup keys" if len(keys) != 1 else None


def main():
    root = sys.argv[1]
    with tempfile.TemporaryDirectory() as directory:
        certificates(directory)
        all_cases = cases(directory)
        if not has_curl():
            print("libcurl is not installed: only what needs none of it is checked")
            all_cases = [case for case in all_cases if case[2].get("url", "").startswith("http:")]
        environment = dict(os.environ, RECEIVERS_CHECK=configuration(all_cases))
        run = subprocess.run(
            ["swift", "test", "--package-path", root, "--filter", "ReceiversCheckTests"],
            env=environment, capture_output=True, text=True)
        results = [line.split(" ", 5)[1:] for line in run.stdout.splitlines()
                   if line.startswith("RESULT ")]
        if not results:
            print(run.stdout[-3000:], run.stderr[-3000:])
            return 1
        return judge(all_cases, results)


def judge(all_cases, results):
    print(f"{'receiver':<24}{'tries':>6}{'taken':>7}  {'outcome':<16}judgement")
    bad = 0
    for name, service, settings, delivered in all_cases:
        ends = [r for r in results if r[0] == name]
        outcomes = "+".join(r[2] for r in ends)
        faults = list(dict.fromkeys(service.faults))
        expected = 2 if delivered else 0
        if len(service.taken) != expected:
            faults.append(f"{len(service.taken)} messages arrived, not {expected}")
        if outcomes != ("sent+sent" if delivered else "failed+failed"):
            faults.append("; ".join(f"{r[2]} {' '.join(r[4:])}" for r in ends))
        if settings["type"] == "pagerduty" and (fault := dedup_fault(service)):
            faults.append(fault)
        if any(SECRET in " ".join(r) for r in ends):
            faults.append("a cause tells a secret")
        bad += bool(faults)
        tries = sum(int(r[3]) for r in ends)
        cause = ends[0][4] if ends and len(ends[0]) > 4 and not delivered else ""
        note = "WRONG: " + "; ".join(faults) if faults else f"right {cause}"
        print(f"{name:<24}{tries:>6}{len(service.taken):>7}  {outcomes:<16}{note}")
    print(f"{len(all_cases) - bad} of {len(all_cases)} right")
    return 1 if bad else 0


def has_curl():
    import ctypes
    for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
        try:
            ctypes.CDLL(name)
            return True
        except OSError:
            continue
    return False


if __name__ == "__main__":
    sys.exit(main())
