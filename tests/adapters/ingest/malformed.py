"""Answers that no source should give, whatever its shape: each must be told, none may raise."""

import json

from tests.adapters.ingest.json_server import Said

PAGE = "<!doctype html><html><body><h1>Maintenance</h1></body></html>"

MALFORMED: dict[str, Said] = {
    "an empty body": Said(b""),
    "spaces": Said(b"  \n "),
    "a page of maintenance": Said(PAGE.encode(), kind="text/html"),
    "a page of maintenance said to be JSON": Said(PAGE.encode()),
    "half a JSON": Said(b'{"results": [{"id": 1, "na'),
    "a body cut short": Said({"results": ["x" * 400]}, cut_at=60),
    "NUL bytes": Said(b'{"results": ["a\x00b"]}'),
    "only NUL bytes": Said(b"\x00" * 50),
    "another charset": Said('{"titre": "énergie"}'.encode("latin-1")),
    "UTF-16": Said('{"results": []}'.encode("utf-16")),
    "deep lists": Said(b"[" * 100_000 + b"]" * 100_000),
    "deep objects": Said(b'{"a":' * 100_000 + b"1" + b"}" * 100_000),
    "two documents": Said(b'{"results": []}{"results": []}'),
    "JSON lines": Said(b'{"id": 1}\n{"id": 2}'),
    "a comma too many": Said(b'{"results": [1,]}'),
    "single quotes": Said(b"{'results': []}"),
    "a number": Said(b"7"),
    "an endless number": Said(b"9" * 5000),
    "a text": Said(b'"results"'),
    "null": Said(b"null"),
    "NaN": Said(b"NaN"),
    "true": Said(b"true"),
    "an error with status 200": Said({"error": "quota exceeded"}),
    "no content": Said(b"", 204),
    "a redirection": Said(b"", 302, headers={"Location": "https://elsewhere.example/"}),
    "a refusal": Said({"message": "no"}, 403),
    "a bad request": Said({"message": "no"}, 400),
    "gone": Said({"message": "no"}, 410),
    "not found": Said({"message": "no"}, 404),
    "too many": Said(b"", 429, headers={"Retry-After": "0"}),
    "broken": Said(json.dumps({"message": "no"}).encode(), 500),
    "unavailable": Said(PAGE.encode(), 503, kind="text/html"),
    "an image": Said(b"\x89PNG\r\n\x1a\n", kind="image/png"),
    "a PDF": Said(b"%PDF-1.7", kind="application/pdf"),
    "XML": Said(b"<results/>", kind="application/xml"),
    "no content type": Said(b'{"results": []}', kind=""),
    "broken gzip": Said(b"\x1f\x8b\x08broken", headers={"Content-Encoding": "gzip"}),
    "an unknown compression": Said(b"xx", headers={"Content-Encoding": "br"}),
}
