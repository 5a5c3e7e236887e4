"""A proxy with TLS before a collector, as its file says: deploy_proxy.py nginx|caddy FILE.

Runs in a network of its own, with the ports that the file names and a certificate made here."""

import atexit, gzip, http.client, http.server, json, os, re, shutil, socket, ssl, subprocess, sys
import tempfile, threading, time, warnings
from deploy_collector import Collector, expect, ok, stop

kind, path = sys.argv[1:]
warnings.simplefilter("ignore", DeprecationWarning)
NAME = "baro.example.org"
work = tempfile.mkdtemp(prefix="barograph-proxy-")
atexit.register(shutil.rmtree, work, ignore_errors=True)
certificate, key = os.path.join(work, "fullchain.pem"), os.path.join(work, "privkey.pem")
subprocess.run(
    ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]
    + ["-nodes", "-days", "2", "-subj", f"/CN={NAME}", "-addext", f"subjectAltName=DNS:{NAME}"]
    + ["-keyout", key, "-out", certificate],
    check=True,
    capture_output=True,
)
text = open(path).read()
if kind == "nginx":
    shutil.copy(path, os.path.join(work, "barograph.conf"))
    text = re.sub(r"/etc/ssl/barograph/", work + "/", text)
    with open(os.path.join(work, "barograph.conf"), "w") as file:
        file.write(text)
    with open(os.path.join(work, "nginx.conf"), "w") as file:
        # What Debian's own nginx.conf has around it, with every path in the test's directory.
        temps = "".join(
            f"{word}_temp_path {work}/{word};\n"
            for word in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
        )
        file.write(
            f"daemon off; pid {work}/pid; error_log {work}/error.log warn; worker_processes 1;\n"
            f"user root; events {{ worker_connections 512; }}\nhttp {{ access_log off;\n{temps}"
            f"include {work}/barograph.conf;\n}}\n"
        )
    command = ["nginx", "-c", os.path.join(work, "nginx.conf")]
    subprocess.run([*command, "-t"], check=True, capture_output=True)
else:
    text = text.replace(f"{NAME} {{", f"{NAME} {{\n\ttls {certificate} {key}", 1)
    with open(os.path.join(work, "Caddyfile"), "w") as file:
        file.write("{\n\tadmin off\n}\n" + text)
    formed = subprocess.run(["caddy", "fmt", path], capture_output=True, text=True).stdout
    expect(formed == open(path).read(), "the Caddyfile is in form")
    command = ["caddy", "run", "--config", os.path.join(work, "Caddyfile")]
environment = {**os.environ, "XDG_DATA_HOME": work, "XDG_CONFIG_HOME": work, "HOME": work}
log = open(os.path.join(work, "log"), "w")
proxy = subprocess.Popen(command, stderr=log, stdout=log, env=environment)
atexit.register(proxy.kill)


class TLS(http.client.HTTPSConnection):
    """A connection to the proxy under its public name."""

    def __init__(self, version=None, timeout=20):
        context = ssl.create_default_context(cafile=certificate)
        if version:
            context.minimum_version = context.maximum_version = version
            context.set_ciphers("DEFAULT@SECLEVEL=0")
        super().__init__(NAME, 443, context=context, timeout=timeout)

    def connect(self):
        plain = socket.create_connection(("127.0.0.1", 443), self.timeout)
        self.sock = self._context.wrap_socket(plain, server_hostname=NAME)


def ask(method, path, body=None, headers={}, connection=None):
    own = connection or TLS()
    own.request(method, path, body, headers)
    answer = own.getresponse()
    content = answer.read()
    if not connection:
        own.close()
    return answer.status, content.decode(errors="replace"), answer.headers


def wait_for_proxy():
    begin = time.monotonic()
    while time.monotonic() - begin < 20:
        if proxy.poll() is not None:
            break
        try:
            return TLS(timeout=5).connect()
        except OSError:
            time.sleep(0.05)
    stop(f"{kind} does not start: " + open(log.name).read())


def check_tls():
    for version in (ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3):
        connection = TLS(version)
        connection.connect()
        ok(f"speaks {connection.sock.version()}")
    try:
        TLS(ssl.TLSVersion.TLSv1_1).connect()
        stop("speaks TLS 1.1")
    except (ssl.SSLError, ConnectionError):
        ok("does not speak TLS 1.1")
    plain = http.client.HTTPConnection("127.0.0.1", 80, timeout=10)
    plain.request("GET", "/livez", headers={"Host": NAME})
    answer = plain.getresponse()
    place = answer.headers["Location"]
    expect(answer.status in (301, 302, 308) and place == f"https://{NAME}/livez", "leads to https")


def call(event_id, **more):
    fields = {"type": "llm", "service": "chat", "model": "gpt-4o", "event_id": event_id}
    return json.dumps({**fields, "input_tokens": 12, "output_tokens": 5, **more})


def check_intake():
    status, text, headers = ask("POST", "/v1/events", call("a"))
    expect(status == 200 and '"accepted":1' in text, "an event comes through")
    expect(headers["Barograph-Durability"] == "fsync", "and so do the answer's headers")
    expect(headers["Strict-Transport-Security"], "browsers are told to stay with TLS")
    span = {
        "traceId": "4bf92f3577b34da6a3ce929d0e0e4736",
        "spanId": "00f067aa0ba902b7",
        "name": "chat",
        "startTimeUnixNano": str(time.time_ns() - 10**9),
        "endTimeUnixNano": str(time.time_ns()),
        "attributes": [
            {"key": "gen_ai.request.model", "value": {"stringValue": "gpt-4o"}},
            {"key": "gen_ai.operation.name", "value": {"stringValue": "chat"}},
        ],
    }
    body = gzip.compress(
        json.dumps({"resourceSpans": [{"scopeSpans": [{"spans": [span]}]}]}).encode()
    )
    kinds = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
    status, text, _ = ask("POST", "/v1/traces", body, kinds)
    expect(status == 200 and text.strip() == "{}", "compressed OTLP comes through")
    line = call("x" * 100, message="y" * 900)
    count = 13 * 2**20 // (len(line) + 20)
    lines = "\n".join(call(f"{n:0100}", message="y" * 900) for n in range(count))
    status, text, _ = ask("POST", "/v1/events", lines)
    size = len(lines) >> 20
    expect(status == 200 and f'"accepted":{count},' in text, f"{size} MiB in one request")

    def chunks():
        for n in range(20):
            yield (call(f"chunk-{n}") + "\n").encode()

    status, text, _ = ask("POST", "/v1/events", chunks())
    expect(status == 200 and '"accepted":20,' in text, "a body in chunks")
    try:
        status = ask("POST", "/v1/events", b" " * (17 * 2**20))[0]
    except OSError:
        # Refused before all of it was sent, as it may be.
        status = 413
    expect(status == 413, "17 MiB are refused")


def check_streams():
    follower = TLS()
    follower.request("GET", "/v1/events/stream")
    answer = follower.getresponse()
    expect("text/event-stream" in answer.headers["Content-Type"], "a stream begins")
    while b"following" not in answer.readline():
        pass
    for n in range(3):
        begin = time.monotonic()
        ask("POST", "/v1/events", call(f"live-{n}"))
        while f'"live-{n}"'.encode() not in (line := answer.readline()):
            expect(line, "the stream goes on") if not line else None
        took = time.monotonic() - begin
        if took > 1:
            stop(f"an event took {took:.2f} s through the stream")
    ok("events come through the stream as they are committed")
    follower.close()
    windows = TLS()
    windows.request("GET", "/v1/windows/stream")
    answer = windows.getresponse()
    begin, seen = time.monotonic(), 0
    while seen < 3:
        seen += answer.readline().startswith(b"data:")
    expect(time.monotonic() - begin < 6, "windows come each second")
    windows.close()
    status, text, _ = ask("GET", "/v1/events?format=ndjson")
    expect(status == 200 and text.count("\n") > 10_000, "a long export comes whole")
    status, text, headers = ask("GET", "/metrics", headers={"Accept-Encoding": "gzip"})
    expect(headers["Content-Encoding"] == "gzip", "compressed answers stay so")


def established():
    """Connections to the collector, from the kernel's table: by the state of the proxy's end."""
    count = {}
    for line in open("/proc/net/tcp").read().splitlines()[1:]:
        remote, state = line.split()[2:4]
        if remote.endswith(f":{4318:04X}"):
            count[state] = count.get(state, 0) + 1
    return count


def check_keep_alive():
    connection = TLS()
    for n in range(10):
        ask("GET", "/livez", connection=connection)
    before = established()
    for n in range(300):
        if ask("GET", "/livez", connection=connection)[0] != 200:
            stop("a request of 300 failed")
    after = established()
    more = sum(after.values()) - sum(before.values())
    expect(more <= 3, f"300 requests share connections to the collector ({more} more)")
    time.sleep(1.2)
    expect(ask("GET", "/livez", connection=connection)[0] == 200, "and after a pause")


def check_keys():
    """With a key nothing goes without one, also by the proxy, whose address is loopback's."""
    made = collector.command("keys", "add", "--name", "p", "--role", "read", "--role", "ingest")
    key = re.search(r"baro_[0-9a-f]+", made)[0]
    expect(ask("GET", "/v1/events")[0] == 401, "once there is a key, nobody asks without one")
    expect(ask("POST", "/v1/events", call("no"))[0] == 401, "and nobody sends without one")
    bearer = {"Authorization": f"Bearer {key}"}
    expect(ask("GET", "/v1/events", headers=bearer)[0] == 200, "with the key it answers")
    expect(ask("POST", "/v1/events", call("yes"), bearer)[0] == 200, "and takes events")
    expect(ask("POST", "/v1/reload", headers=bearer)[0] == 403, "but is not administered")
    expect(ask("GET", "/livez")[0] == 200, "health needs no key")


def check_what_is_forwarded():
    """Another server in the collector's place tells what reaches it."""
    seen = []

    class Echo(http.server.BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            seen.append((self.requestline, dict(self.headers)))
            self.send_response(503 if self.path == "/busy" else 200)
            if self.path == "/busy":
                self.send_header("Retry-After", "7")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 4318), Echo)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    said = {"X-Forwarded-For": "203.0.113.7", "Authorization": "Bearer k", "X-Request-ID": "r-1"}
    said["X-Forwarded-User"] = "root"
    ask("GET", "/v1/events?text=a%2Fb%20c", headers=said)
    line, headers = seen[-1]
    headers = {name.lower(): value for name, value in headers.items()}
    expect(line == "GET /v1/events?text=a%2Fb%20c HTTP/1.1", "HTTP/1.1 and the address as it came")
    expect(headers["host"] == NAME, "the name that was asked for")
    expect(headers["x-forwarded-for"] == "127.0.0.1", "the client's address, not what it claims")
    expect(headers["x-forwarded-proto"] == "https", "and the protocol")
    expect("x-forwarded-user" not in headers, "not who the client says it is")
    expect(headers["authorization"] == "Bearer k" and headers["x-request-id"] == "r-1", "its key")
    expect(headers.get("connection", "") not in ("close", "upgrade"), "connections are kept")
    count = len(seen)
    status, _, headers = ask("GET", "/busy")
    expect(status == 503 and headers["Retry-After"] == "7", "503 with Retry-After comes through")
    expect(len(seen) == count + 1, "and is not tried again by the proxy")
    server.shutdown()
    server.server_close()


wait_for_proxy()
status = ask("GET", "/livez")[0]
expect(status == 502, "502 while there is no collector")
collector = Collector(allowed_hosts=NAME)
check_tls()
check_intake()
check_streams()
check_keep_alive()
check_keys()
collector.end()
check_what_is_forwarded()
proxy.terminate()
proxy.wait(timeout=30)
ok(f"{kind} ends")
