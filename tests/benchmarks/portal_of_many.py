"""An EU portal of 11,000 made-up topics on loopback, in a process of its own.

Prints its address. Texts have the lengths of real ones: a few thousand characters of HTML, now and then 20,000.
"""

import json
import random
from email.parser import BytesParser
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlparse

ROWS = 11_000
PROGRAMMES = ("43108390", "43252405", "43353764", "43251589", "111111", "43152860")
SYLLABLES = ("ba", "cor", "de", "fil", "gra", "hy", "lo", "men", "nu", "po", "ra", "si", "ta", "ver")
WORDS = tuple(one + two + three for one in SYLLABLES for two in SYLLABLES for three in SYLLABLES[:3])


def made(number: int) -> dict[str, Any]:
    """Row of that number; the same at each run."""
    chance = random.Random(number)  # noqa: S311 - made-up texts
    code = f"BENCH-2027-{number // 100:03d}-{number:05d}"
    length = chance.choice((300, 500, 700, 900, 1200, 3000))
    sentences = " ".join(" ".join(chance.choices(WORDS, k=12)).capitalize() + "." for _ in range(length // 12))
    half = len(sentences) // 2
    html = (
        f'<p class="topicdescriptionkind">Expected Outcome:</p><p>{sentences[:half]}</p>'
        f'<p class="topicdescriptionkind">Scope:</p><ul><li>{sentences[half:]}</li></ul>'
    )
    line = {"action": f"{code} - LIFE", "minContribution": 100_000, "maxContribution": 100_000 + 1_000 * (number % 900)}
    metadata = {
        "identifier": [code],
        "title": [" ".join(chance.choices(WORDS, k=8)).capitalize() + f" {number}"],
        "type": ["1"],
        "status": ["31094502"],
        "language": ["en"],
        "callIdentifier": [code[:14]],
        "callTitle": ["A call of made-up topics"],
        "frameworkProgramme": [PROGRAMMES[number % len(PROGRAMMES)]],
        "typesOfAction": ["LIFE Project Grants"],
        "descriptionByte": [html],
        "topicConditions": ["<p>Conditions are those of the general annexes.</p>" * 40],
        "keywords": chance.choices(WORDS, k=5),
        "deadlineDate": [f"2031-{number % 12 + 1:02d}-{number % 27 + 1:02d}T00:00:00.000+0000"],
        "startDate": ["2026-01-10T00:00:00.000+0000"],
        "budgetOverview": [json.dumps({"budgetTopicActionMap": {"1": [line]}})],
    }
    return {"reference": f"{number:08d}TOPICSen", "url": "", "language": "en", "metadata": metadata}


class Handler(BaseHTTPRequestHandler):
    rows: list[dict[str, Any]]
    protocol_version = "HTTP/1.1"

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        terms = _terms(self.headers["Content-Type"], body)
        found = [row for row in self.rows if all(set(v) & set(row["metadata"].get(k, [])) for k, v in terms.items())]
        asked = parse_qs(urlparse(self.path).query)
        size, number = int(asked["pageSize"][0]), int(asked["pageNumber"][0])
        page = found[(number - 1) * size : number * size]
        answer = json.dumps(
            {"totalResults": len(found), "pageNumber": number, "pageSize": size, "results": page}
        ).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)


def _terms(content_type: str, body: bytes) -> dict[str, list[str]]:
    message = BytesParser().parsebytes(b"Content-Type: " + content_type.encode() + b"\r\n\r\n" + body)
    parts = {part.get_param("name", header="content-disposition"): part for part in message.get_payload()}  # type: ignore[union-attr]
    query = json.loads(parts["query"].get_payload(decode=True))  # type: ignore[union-attr,arg-type]
    return {name: values for clause in query["bool"]["must"] for name, values in clause["terms"].items()}


if __name__ == "__main__":
    Handler.rows = [made(number) for number in range(ROWS)]
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    print(f"http://127.0.0.1:{server.server_port}", flush=True)  # noqa: T201 - how the benchmark learns the address
    server.serve_forever()
