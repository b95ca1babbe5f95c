"""A small EU portal on loopback, in the shape of the real one, with topics of our own."""

import contextlib
import json
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlparse


@dataclass(frozen=True)
class Topic:
    """One grant topic; its deadline counts from today."""

    identifier: str
    title: str
    text: str
    closes_in_days: int = 60
    status: str = "31094502"  # open

    def as_row(self, number: int) -> dict[str, object]:
        """The topic as the search API answers it."""
        closes = (datetime.now(UTC) + timedelta(days=self.closes_in_days)).date()
        metadata = {
            "identifier": [self.identifier],
            "title": [self.title],
            "type": ["1"],
            "status": [self.status],
            "language": ["en"],
            "callIdentifier": [self.identifier.rsplit("-", 1)[0]],
            "callTitle": ["A call of our own"],
            "frameworkProgramme": ["43108390"],
            "typesOfAction": ["HORIZON Innovation Actions"],
            "descriptionByte": [f'<p class="topicdescriptionkind">Scope:</p><p>{self.text}</p>'],
            "keywords": [],
            "deadlineDate": [f"{closes}T00:00:00.000+0000"],
            "deadlineModel": ["single-stage"],
            "startDate": ["2026-01-10T00:00:00.000+0000"],
            "budgetOverview": [],
            "DATASOURCE": ["SEDIA"],
            "REFERENCE": [f"{number}TOPICSen"],
            "url": [f"https://portal.example/{self.identifier}"],
        }
        return {
            "reference": f"{number}TOPICSen",
            "url": "",
            "language": "en",
            "summary": self.title,
            "metadata": metadata,
        }


TOPICS = (
    Topic(
        "HORIZON-OURS-2026-DAIRY-01",
        "Cheese and milk quality: training dairy farmers and technicians",
        "Projects train dairy farmers and dairy technicians in milk hygiene, cheese ripening and milk quality. "
        "They bring together dairies and cheese makers that sell raw milk cheese and yoghurt in Europe.",
    ),
    Topic(
        "HORIZON-OURS-2026-CYBER-02",
        "Open source software and artificial intelligence against cyber attacks",
        "Projects build open source software for data analysis and artificial intelligence that detects anomalies, "
        "with cybersecurity and hosting for small companies and local authorities.",
    ),
    Topic(
        "HORIZON-OURS-2026-SPACE-03",
        "Ceramic nozzles for reusable launchers",
        "Projects qualify ceramic nozzles of reusable launchers under thermal shock in orbit.",
    ),
    Topic(
        "HORIZON-OURS-2026-DATA-04",
        "Data platforms with artificial intelligence for small companies",
        "Projects offer software and open data platforms with artificial intelligence and cybersecurity services.",
    ),
)


@contextlib.contextmanager
def eu_portal(topics: Sequence[Topic] = TOPICS) -> Iterator[str]:
    """Serve topics as the search API does, a hundred a page; yields the base URL."""
    rows = [topic.as_row(48_000_000 + number) for number, topic in enumerate(topics)]

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            asked = parse_qs(urlparse(self.path).query)
            size, number = int(asked["pageSize"][0]), int(asked["pageNumber"][0])
            page = rows[(number - 1) * size : number * size]
            body = json.dumps(
                {
                    "apiVersion": "2.151",
                    "totalResults": len(rows),
                    "pageNumber": number,
                    "pageSize": size,
                    "results": page,
                }
            ).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        serving = threading.Thread(target=server.serve_forever)
        serving.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}"
        finally:
            server.shutdown()
            serving.join()
