"""What schemathesis must know beyond the document: media types that are no JSON, and requests whose
effect must stay within the check."""

import os

import schemathesis
from hypothesis import strategies

SCRATCH = os.environ.get("BAROGRAPH_SCRATCH", "/nonexistent")

LINES = strategies.lists(
    strategies.sampled_from(
        [
            b'{"type":"llm","model":"m","input_tokens":1,"output_tokens":2}',
            b'{"type":"score","score":"s","value":0.5,"session":"s1"}',
            b'{"type":"log","level":"error","message":"\\ud83d"}',
            b'{"time":"yesterday","type":7}',
            b"{}",
            b"[1,2]",
            b"\xff\xfe",
            b'{"a":' * 40,
        ]
    )
    | strategies.binary(max_size=200),
    max_size=8,
).map(b"\n".join)

# A span without a name in resourceSpans, an empty request, and bytes of no sense.
PROTOBUF = (
    strategies.sampled_from([b"", b"\x0a\x00", b"\x0a\x06\x12\x04\x12\x02\x0a\x00"])
    | strategies.binary(max_size=200)
)


@schemathesis.serializer("application/x-ndjson", "application/x-protobuf", "text/plain")
def as_bytes(context, value):
    """Texts and bytes as they are."""
    return {"data": value if isinstance(value, bytes) else str(value).encode()}


schemathesis.openapi.media_type("application/x-ndjson", LINES)
schemathesis.openapi.media_type("application/x-protobuf", PROTOBUF)


@schemathesis.hook
def before_load_schema(context, raw_schema):
    """An example of a media type with a strategy of its own has to be bytes, which JSON has not."""
    content = raw_schema["paths"]["/v1/events"]["post"]["requestBody"]["content"]
    content["application/x-ndjson"].pop("example")


@schemathesis.hook
def before_call(context, case, kwargs):
    """A backup goes nowhere but into the directory of this check."""
    if case.path == "/v1/backup" and isinstance(case.body, dict) and "file" in case.body:
        name = str(abs(hash(str(case.body["file"]))))
        case.body["file"] = os.path.join(SCRATCH, f"backup-{name}")
