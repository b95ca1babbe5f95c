"""A log line is one JSON object that names the service and the fact in hand."""

import io
import json
import logging

import pytest

from shared.logs import fact_in_hand, log_as_json, speak_as


@pytest.fixture(autouse=True)
def _logging_as_it_was() -> object:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)


def test_a_line_names_the_service_and_the_fact() -> None:
    stream = io.StringIO()
    log_as_json(stream)
    speak_as("ingest")
    with fact_in_hand("e-1", "opportunity.published"):
        logging.getLogger("a").info("stored", extra={"opportunities": 3})
    logging.getLogger("a").info("after")
    first, second = (json.loads(line) for line in stream.getvalue().splitlines())
    assert first["message"] == "stored"
    assert (first["service"], first["event_id"], first["subject"]) == ("ingest", "e-1", "opportunity.published")
    assert (first["opportunities"], first["level"]) == (3, "INFO")
    assert "event_id" not in second
