"""A stand-in for OpenAI's API, and one for a collector's door that loses its answers."""

import http.server
import json
import threading
import time
import urllib.error
import urllib.request

# What the model of the stand-in always uses; the cost of each is worked out in sdk_e2e.py.
CHAT_USAGE = {
    "prompt_tokens": 2048,
    "completion_tokens": 57,
    "total_tokens": 2105,
    "prompt_tokens_details": {"cached_tokens": 1920, "audio_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0},
}
REASONING_USAGE = {
    "prompt_tokens": 120,
    "completion_tokens": 900,
    "total_tokens": 1020,
    "prompt_tokens_details": {"cached_tokens": 0},
    "completion_tokens_details": {"reasoning_tokens": 640},
}
RESPONSES_USAGE = {
    "input_tokens": 2048,
    "output_tokens": 57,
    "total_tokens": 2105,
    "input_tokens_details": {"cached_tokens": 1920},
    "output_tokens_details": {"reasoning_tokens": 0},
}
EMBEDDING_USAGE = {"prompt_tokens": 8, "total_tokens": 8}
# Seconds until a stream's first piece, and between two.
FIRST_PIECE, PIECE = 0.15, 0.02
PIECES = ["It ", "is ", "twenty ", "degrees."]


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # Connections that wait to be accepted.
    request_queue_size = 64

    def __init__(self, handler):
        super().__init__(("127.0.0.1", 0), handler)
        threading.Thread(target=self.serve_forever, daemon=True).start()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"

    def handle_error(self, request, client_address):
        """Clients that go away are part of the plan."""


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        """Says nothing."""

    def body(self):
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, body, kind="application/json", headers=()):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        for name, value in headers:
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)


class OpenAI(Handler):
    """Says the same to everybody. The first message of a request names what goes wrong: `429`,
    `503` or `hang`, each once for a given text, and `refuse`, always."""

    seen = {}
    number = 0
    lock = threading.Lock()

    def do_POST(self):
        request = json.loads(self.body())
        text = json.dumps(request.get("messages") or request.get("input"))
        with self.lock:
            OpenAI.number += 1
            self.id = f"{OpenAI.number:08x}"
            tries = OpenAI.seen[text] = OpenAI.seen.get(text, 0) + 1
        if "refuse" in text or ("429" in text and tries == 1):
            return self.fail(429, "rate_limit_exceeded", "Rate limit reached")
        if "503" in text and tries == 1:
            return self.fail(503, "server_error", "Overloaded")
        if "hang" in text and tries == 1:
            time.sleep(1.5)
        if self.path.endswith("/embeddings"):
            return self.embed(request)
        if self.path.endswith("/responses"):
            return self.respond(request)
        if request.get("stream"):
            return self.stream(request)
        return self.chat(request)

    def fail(self, status, code, message):
        body = {"error": {"message": message, "type": code, "code": code, "param": None}}
        self.answer(status, json.dumps(body).encode(), headers=[("retry-after-ms", "10")])

    def chat(self, request):
        message = {"role": "assistant", "content": "".join(PIECES), "refusal": None}
        finish = "stop"
        if request.get("tools"):
            call = {"name": "weather", "arguments": '{"city":"Bern"}'}
            message["content"] = None
            message["tool_calls"] = [{"id": "call_1", "type": "function", "function": call}]
            finish = "tool_calls"
        self.say(
            {
                "id": f"chatcmpl-{self.id}",
                "object": "chat.completion",
                "created": int(time.time()),
                "model": self.model(request),
                "choices": [
                    {"index": 0, "message": message, "finish_reason": finish, "logprobs": None}
                ],
                "usage": self.usage(request),
                "service_tier": "default",
                "system_fingerprint": "fp_1",
            }
        )

    def say(self, value):
        self.answer(200, json.dumps(value).encode())

    def model(self, request):
        return {"gpt-4o-mini": "gpt-4o-mini-2024-07-18", "gpt-4o": "gpt-4o-2024-08-06"}.get(
            request["model"], request["model"]
        )

    def usage(self, request):
        return REASONING_USAGE if request["model"].startswith("o") else CHAT_USAGE

    def embed(self, request):
        texts = request["input"] if isinstance(request["input"], list) else [request["input"]]
        # Four numbers 0.0 as base64 of little-endian floats, which the client asks for.
        vector = "AAAAAAAAAAAAAAAAAAAAAA==" if request.get("encoding_format") == "base64" else [0.0]
        data = [
            {"object": "embedding", "index": index, "embedding": vector}
            for index in range(len(texts))
        ]
        self.say(
            {
                "object": "list",
                "model": request["model"],
                "data": data,
                "usage": EMBEDDING_USAGE,
            }
        )

    def respond(self, request):
        part = {"type": "output_text", "text": "".join(PIECES), "annotations": []}
        message = {
            "id": f"msg_{self.id}",
            "type": "message",
            "role": "assistant",
            "status": "completed",
            "content": [part],
        }
        self.say(
            {
                "id": f"resp_{self.id}",
                "object": "response",
                "created_at": int(time.time()),
                "status": "completed",
                "model": self.model(request),
                "output": [message],
                "usage": RESPONSES_USAGE,
                "error": None,
                "incomplete_details": None,
                "instructions": None,
                "metadata": {},
                "parallel_tool_calls": True,
                "tool_choice": "auto",
                "tools": [],
                "temperature": 1.0,
                "top_p": 1.0,
            }
        )

    def stream(self, request):
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        time.sleep(FIRST_PIECE)
        for index, piece in enumerate(PIECES):
            delta = {"content": piece} if index else {"role": "assistant", "content": piece}
            self.piece(request, [{"index": 0, "delta": delta, "finish_reason": None}])
            time.sleep(PIECE)
        self.piece(request, [{"index": 0, "delta": {}, "finish_reason": "stop"}])
        if (request.get("stream_options") or {}).get("include_usage"):
            self.piece(request, [], self.usage(request))
        self.wfile.write(b"data: [DONE]\n\n")

    def piece(self, request, choices, usage=None):
        chunk = {
            "id": f"chatcmpl-{self.id}",
            "object": "chat.completion.chunk",
            "created": int(time.time()),
            "model": self.model(request),
            "choices": choices,
            "usage": usage,
        }
        self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
        self.wfile.flush()


def losing_door(collector):
    """A door to `collector` that passes every request on and loses the answer of the first three
    times of each: it says 503, then 429, then nothing until the sender gives up."""

    class Door(Handler):
        tries = {}
        counts = {}

        def do_POST(self):
            body = self.body()
            headers = {
                name: self.headers[name]
                for name in ("Content-Type", "Content-Encoding")
                if self.headers[name]
            }
            request = urllib.request.Request(collector + self.path, body, headers)
            try:
                with urllib.request.urlopen(request, timeout=20) as passed:
                    status, answer = passed.status, passed.read()
            except urllib.error.HTTPError as failure:
                status, answer = failure.code, failure.read()
            tries = Door.tries[body] = Door.tries.get(body, 0) + 1
            Door.counts[self.path] = Door.counts.get(self.path, 0) + 1
            if tries == 1:
                return self.answer(503, b"", headers=[("Retry-After", "0")])
            if tries == 2:
                return self.answer(429, b"", headers=[("Retry-After", "0")])
            if tries == 3:
                time.sleep(2)
                self.close_connection = True
                return None
            return self.answer(status, answer, self.headers["Content-Type"])

    return Server(Door), Door
