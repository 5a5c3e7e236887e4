"""Strict fakes of model providers for scripts/judges-check, and the judgement of what they saw."""

import http.server
import json
import os
import re
import signal
import shutil
import socket
import ssl
import struct
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from email.utils import formatdate

KEY = "sk-not-a-real-key-0123456789"
MINUTE = 60.0
# USD a token of gpt-4o-mini.
INPUT_PRICE, OUTPUT_PRICE = 0.15e-6, 0.6e-6


class Provider:
    """One provider; `manners` says what it does with each request, the last one with all others."""

    def __init__(self, dialect, manners=("judges",), delay=0.0, rpm=None, tpm=None, tls=None):
        self.dialect, self.manners, self.delay, self.tls = dialect, list(manners), delay, tls
        self.rpm, self.tpm = rpm, tpm
        self.lock = threading.Lock()
        self.records, self.faults = [], []
        self.under_way = self.most = self.connections = 0
        provider = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1

            def setup(self):
                super().setup()
                with provider.lock:
                    provider.connections += 1

            def do_POST(self):
                provider.serve(self)

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 256

            def handle_error(self, *_):
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(tls)
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    @property
    def url(self):
        scheme = "https://localhost" if self.tls else "http://127.0.0.1"
        base = f"{scheme}:{self.server.server_address[1]}"
        return base if self.dialect == "ollama" else base + "/v1"

    def serve(self, handler):
        arrival = time.monotonic()
        body = handler.rfile.read(int(handler.headers["content-length"]))
        with self.lock:
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            manner = self.manners.pop(0) if len(self.manners) > 1 else self.manners[0]
        try:
            prompt = self.check(handler, body)
            answer, tokens, cost = self.answer(manner, prompt)
            with self.lock:
                self.records.append(
                    {"time": arrival, "manner": manner, "tokens": tokens, "cost": cost,
                     "prompt": prompt})
            time.sleep(self.delay)
            self.play(handler, manner, answer)
        finally:
            with self.lock:
                self.under_way -= 1

    def check(self, handler, body):
        """What is wrong with a request, as its provider would see it; gives the prompt."""

        def expect(condition, fault):
            if not condition:
                with self.lock:
                    self.faults.append(fault)

        path = {"openai": "/v1/chat/completions", "anthropic": "/v1/messages",
                "ollama": "/api/chat"}[self.dialect]
        expect(handler.path == path, f"path {handler.path}")
        expect(handler.headers["content-type"] == "application/json", "content type")
        request = json.loads(body)
        expect(KEY not in body.decode(), "the key is in the body")
        roles = [message["role"] for message in request["messages"]]
        prompt = request["messages"][-1]["content"]
        if self.dialect == "anthropic":
            expect(handler.headers["x-api-key"] == KEY, "key")
            expect(handler.headers["anthropic-version"] == "2023-06-01", "version")
            expect(roles == ["user"] and request["system"], "roles")
            schema = request["tools"][0]["input_schema"]
            expect(request["tool_choice"]["name"] == request["tools"][0]["name"], "tool choice")
            most = request["max_tokens"]
        else:
            expect(handler.headers["authorization"] == f"Bearer {KEY}", "key")
            expect(roles == ["system", "user"], "roles")
            if self.dialect == "openai":
                schema = request["response_format"]["json_schema"]["schema"]
                most = request["max_completion_tokens"]
            else:
                schema, most = request["format"], request["options"]["num_predict"]
                expect(request["stream"] is False, "stream")
        expect(set(schema["properties"]) == {"score", "reason"}, "schema")
        expect(most >= 16, "no bound")
        return prompt

    def answer(self, manner, prompt):
        used, said = len(prompt.encode()) // 4 + 40, 25
        judgement = {"reason": "Because.", "score": 4}
        usage = {"input": used, "output": said}
        if manner.startswith("usage "):
            usage = {"missing": None, "zero": {"input": 0, "output": 0},
                     "absurd": {"input": 10**9, "output": 10**7}}[manner[6:]]
        if self.dialect == "openai":
            answer = {"id": "1", "object": "chat.completion", "model": "gpt-4o-mini-2024-07-18",
                      "choices": [{"index": 0, "finish_reason": "stop",
                                   "message": {"role": "assistant",
                                               "content": json.dumps(judgement)}}]}
            if usage:
                answer["usage"] = {"prompt_tokens": usage["input"],
                                   "completion_tokens": usage["output"]}
        elif self.dialect == "anthropic":
            answer = {"id": "1", "type": "message", "role": "assistant",
                      "model": "claude-3-5-haiku-20241022", "stop_reason": "tool_use",
                      "content": [{"type": "tool_use", "id": "t", "name": "judgement",
                                   "input": judgement}]}
            if usage:
                answer["usage"] = {"input_tokens": usage["input"],
                                   "output_tokens": usage["output"]}
        else:
            answer = {"model": "llama3:8b", "done": True, "done_reason": "stop",
                      "message": {"role": "assistant", "content": json.dumps(judgement)}}
            if usage:
                answer |= {"prompt_eval_count": usage["input"], "eval_count": usage["output"]}
        works = manner not in ("500", "529", "reset") and not manner.startswith("429")
        cost = used * INPUT_PRICE + said * OUTPUT_PRICE
        return json.dumps(answer).encode(), used + said if works else 0, cost if works else 0.0

    def play(self, handler, manner, answer):
        if manner == "hang":
            time.sleep(60)
            handler.close_connection = True
        elif manner == "reset":
            handler.connection.setsockopt(
                socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            handler.close_connection = True
            handler.connection.close()
        elif manner == "cut":
            handler.send_response(200)
            handler.send_header("Content-Length", str(len(answer)))
            handler.end_headers()
            handler.wfile.write(answer[: len(answer) // 2])
            handler.wfile.flush()
            handler.close_connection = True
            handler.connection.shutdown(socket.SHUT_RDWR)
        else:
            status, headers = 200, {}
            if manner.startswith("429"):
                status = 429
                when = manner[4:]
                headers["Retry-After"] = (
                    formatdate(time.time() + 4, usegmt=True) if when == "date" else when)
            elif manner.isdigit():
                status = int(manner)
            elif manner == "malformed":
                answer = b'{"choices": [{"mess'
            if status != 200:
                answer = b'{"error":{"message":"not now"}}'
            handler.send_response(status)
            for name, value in headers.items():
                handler.send_header(name, value)
            handler.send_header("Content-Length", str(len(answer)))
            handler.end_headers()
            handler.wfile.write(answer)

    def densest(self, weight):
        """The most that any stretch of a minute held."""
        times = sorted((record["time"], weight(record)) for record in self.records)
        most = total = start = 0
        for time_, amount in times:
            total += amount
            while times[start][0] <= time_ - MINUTE:
                total -= times[start][1]
                start += 1
            most = max(most, total)
        return most


class Case:
    """A judge with its provider, how many calls it gets, and what must hold in the end."""

    def __init__(self, name, provider, count, expect, fallback=None, same=False, **settings):
        self.name, self.provider, self.count, self.expect = name, provider, count, expect
        self.fallback, self.same, self.settings = fallback, same, settings

    def judge(self, key_file):
        models = {"openai": "gpt-4o-mini", "anthropic": "claude-3-5-haiku-20241022",
                  "ollama": "llama3:8b"}

        def endpoint(provider):
            return {"model": models[provider.dialect], "base_url": provider.url,
                    "api_key": {"file": key_file}}

        judge = {"name": self.name, "prompt": "Q: {{input}} A: {{output}}",
                 "when": {"prompt": self.name}, "max_tokens": 64} | endpoint(self.provider)
        if self.fallback:
            judge["fallback"] = [endpoint(self.fallback)]
        return judge | self.settings


def gaps(provider):
    times = [record["time"] for record in provider.records]
    return [later - earlier for earlier, later in zip(times, times[1:])]


def check_requests(case, found):
    most = case.provider.densest(lambda _: 1)
    found.note(f"{most} requests in the densest minute of {case.provider.rpm}")
    found.expect(most <= case.provider.rpm, "too many requests in a minute")
    found.expect(len(case.provider.records) >= case.provider.rpm * 2, "the gate is too narrow")


def check_tokens(case, found):
    most = case.provider.densest(lambda record: record["tokens"])
    found.note(f"{most} tokens in the densest minute of {case.provider.tpm}")
    found.expect(most <= case.provider.tpm, "too many tokens in a minute")
    found.expect(found.outcome("ok") > 20, "hardly any was let out")


def check_breaker(case, found):
    waits = gaps(case.provider)
    found.note("gaps " + " ".join(f"{wait:.1f}" for wait in waits[:8]))
    found.expect(len(waits) > 6, "it never closed")
    if len(waits) > 6:
        found.expect(10 <= waits[4] < 13, "the first probe did not come after 10 s")
        found.expect(20 <= waits[5] < 23, "the second probe did not come after 20 s")
    found.expect(found.metric("breaker_openings_total") == 2, "it did not open twice")
    found.expect(found.metric("breaker_state", state="closed") == 1, "it is not closed")


def check_budget(case, found):
    bill = sum(record["cost"] for record in case.provider.records)
    dearest = max(record["cost"] for record in case.provider.records)
    budget = case.settings["budget_usd_per_day"]
    found.note(f"${bill:.6f} of ${budget:.6f}")
    found.expect(bill <= budget + dearest, "passed by more than one call")
    found.expect(bill >= budget * 0.5, "hardly any was spent")
    found.expect(found.outcome("budget") > 0, "nothing was refused")


def check_cache(case, found):
    hits, shared = (found.metric("cache_total", result=word) for word in ("hit", "shared"))
    found.note(f"{hits:.0f} hits, {shared:.0f} shared")
    found.expect(len(case.provider.records) == 1, "it was asked more than once")
    found.expect(hits + shared == case.count - 1, "the counts are wrong")
    found.expect(shared > 0, "nothing was shared")


def check_fallback(case, found):
    found.note(f"then {len(case.fallback.records)} by {case.fallback.dialect}")
    found.expect(found.outcome("ok") == case.count, "not all were judged")
    # After five time-outs the breaker spares the first one.
    found.expect(len(case.provider.records) < case.count, "the breaker did not spare it")


def check_troubles(case, found):
    found.expect(found.outcome("ok") == case.count, "not all were judged")
    waits = dict(zip((record["manner"] for record in case.provider.records), gaps(case.provider)))
    found.note(f"after 429: {waits['429 3']:.1f} s, {waits['429 date']:.1f} s")
    found.expect(waits["429 3"] >= 3, "Retry-After in seconds was not heeded")
    found.expect(waits["429 date"] >= 2.9, "Retry-After as a date was not heeded")


def check_slots(case, found):
    found.note(f"{case.provider.most} at a time, {case.provider.connections} connections")
    found.expect(case.provider.most == 3, "not three at a time")
    found.expect(case.provider.connections <= 6, "connections are not kept")
    found.expect(found.outcome("ok") == case.count, "not all were judged")


# Never five in a row that would open the breaker.
TROUBLES = ("429 3", "429 date", "500", "529", "usage missing", "cut", "malformed", "reset",
            "usage zero", "usage absurd", "judges")


def check_tls(case, found):
    found.note(f"{case.provider.connections} connections")
    found.expect(found.outcome("ok") == case.count, "not all were judged")
    found.expect(case.provider.connections <= 4, "connections are not kept")


def check_stranger(case, found):
    found.note("its certificate is not trusted")
    found.expect(not case.provider.records and found.outcome("ok") == 0, "it was asked")
    found.expect(found.outcome("network") > 0, "it was not tried")


def encrypted(directory):
    """Cases over TLS, with a certificate of their own, where that can be had."""
    if not shutil.which("openssl") or not has_curl():
        print("openssl or libcurl is not installed: TLS is not checked")
        return []
    path = os.path.join(directory, "server.pem")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-keyout", path,
         "-out", path + ".crt", "-subj", "/CN=localhost", "-addext",
         "subjectAltName=DNS:localhost"], check=True, capture_output=True)
    with open(path + ".crt") as certificate, open(path, "a") as file:
        file.write(certificate.read())
    return [
        Case("tls", Provider("anthropic", tls=path, delay=0.02), 50, check_tls,
             ca_file=path + ".crt", concurrency=4),
        Case("stranger", Provider("openai", tls=path), 3, check_stranger, retries=0),
    ]


def has_curl():
    import ctypes
    for name in ("libcurl.so.4", "libcurl-gnutls.so.4"):
        try:
            ctypes.CDLL(name)
            return True
        except OSError:
            continue
    return False


def cases():
    return [
        Case("requests", Provider("openai", rpm=30), 400, check_requests, rpm=30, concurrency=16),
        Case("tokens", Provider("anthropic", tpm=3000), 400, check_tokens, tpm=3000,
             concurrency=16),
        Case("breaker", Provider("openai", ["500"] * 6 + ["judges"]), 400, check_breaker,
             retries=0, concurrency=1),
        Case("budget", Provider("openai", delay=0.05), 300, check_budget, concurrency=8,
             budget_usd_per_day=0.004),
        Case("cache", Provider("openai", delay=1.0), 40, check_cache, same=True,
             cache_ttl="1h", concurrency=8),
        Case("fallback", Provider("openai", ["hang"]), 20, check_fallback,
             fallback=Provider("ollama"), timeout="2s", retries=0, concurrency=2),
        Case("troubles", Provider("openai", TROUBLES), 8, check_troubles, retries=10,
             concurrency=1),
        Case("slots", Provider("ollama", delay=0.1), 100, check_slots, concurrency=3),
    ]


class Findings:
    def __init__(self, case, metrics):
        self.case, self.metrics, self.notes, self.faults = case, metrics, [], []

    def note(self, text):
        self.notes.append(text)

    def expect(self, condition, fault):
        if not condition:
            self.faults.append(fault)

    def metric(self, name, **labels):
        endpoint = self.case.provider.url.removesuffix("/v1")
        total = 0.0
        for line in self.metrics:
            if not line.startswith("barograph_judge_" + name + "{"):
                continue
            mine = f'judge="{self.case.name}"' in line or f'endpoint="{endpoint}"' in line
            if mine and all(f'{key}="{value}"' in line for key, value in labels.items()):
                total += float(line.rsplit(" ", 1)[1])
        return total

    def outcome(self, word):
        return self.metric("questions_total", outcome=word)


class Collector:
    def __init__(self, program, directory, judges):
        config = os.path.join(directory, "barograph.json")
        with open(config, "w") as file:
            json.dump({"judges": judges}, file)
        self.process = subprocess.Popen(
            [program, "serve", "--config", config, "--data", os.path.join(directory, "data"),
             "--listen", "127.0.0.1:0", "--udp", "off"], stderr=subprocess.PIPE, text=True)
        self.log = []
        for line in self.process.stderr:
            self.log.append(line)
            if found := re.search(r"http://127\.0\.0\.1:\d+", line):
                self.url = found.group()
                break
        else:
            sys.exit("".join(self.log))
        threading.Thread(target=self.read, daemon=True).start()

    def read(self):
        for line in self.process.stderr:
            self.log.append(line)

    def get(self, path):
        with urllib.request.urlopen(self.url + path) as answer:
            return answer.read().decode()

    def post(self, lines):
        body = "\n".join(json.dumps(line) for line in lines).encode()
        request = urllib.request.Request(
            self.url + "/v1/events", body, {"Content-Type": "application/x-ndjson"})
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)

    def stop(self):
        start = time.monotonic()
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(30)
        return time.monotonic() - start


def call(case, number):
    text = "the same" if case.same else f"number {number}"
    return {"type": "llm", "event_id": f"{case.name}-{number}", "service": "chat",
            "model": "gpt-4o", "prompt": case.name, "input": f"What is {text}?",
            "output": f"It is {text}. " * 4}


def main():
    program, seconds = sys.argv[1], float(sys.argv[2])
    with tempfile.TemporaryDirectory() as directory:
        all_cases = cases() + encrypted(directory)
        key_file = os.path.join(directory, "key")
        with open(key_file, "w") as file:
            file.write(KEY + "\n")
        collector = Collector(program, directory, [case.judge(key_file) for case in all_cases])
        try:
            # The breaker's calls come one by one, all others at once.
            for case in all_cases:
                if case.name != "breaker":
                    collector.post([call(case, number) for number in range(case.count)])
            breaker = next(case for case in all_cases if case.name == "breaker")
            end, number = time.monotonic() + seconds, 0
            while time.monotonic() < end:
                collector.post([call(breaker, number)])
                number += 1
                time.sleep(0.5)
            metrics = collector.get("/metrics").splitlines()
            took = collector.stop()
        finally:
            collector.process.kill()
        return judge(all_cases, metrics, collector, took)


def judge(all_cases, metrics, collector, took):
    print(f"{'judge':<10}{'provider':<11}{'asked':>6}{'scored':>7}{'cost':>11}  judgement")
    bad = 0
    for case in all_cases:
        found = Findings(case, metrics)
        case.expect(case, found)
        found.faults += list(dict.fromkeys(case.provider.faults))
        if case.fallback:
            found.faults += list(dict.fromkeys(case.fallback.faults))
        bad += bool(found.faults)
        cost = sum(record["cost"] for record in case.provider.records)
        note = "WRONG: " + "; ".join(found.faults) if found.faults else "right"
        print(f"{case.name:<10}{case.provider.dialect:<11}{len(case.provider.records):>6}"
              f"{found.outcome('ok'):>7.0f}{cost:>11.6f}  {note} ({'; '.join(found.notes)})")
    told = KEY in "".join(collector.log)
    bad += told + (took > 5)
    print(f"stopped in {took:.1f} s" + (", WRONG" if took > 5 else "")
          + (", and the log tells the key" if told else ""))
    print("all right" if not bad else f"{bad} wrong")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
