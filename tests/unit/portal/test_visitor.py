"""Whose address counts: what a proxy forwards is believed only from a proxy of ours."""

import pytest
from starlette.requests import Request

from services.portal.web.visitor import client_address

OURS = "10.0.0.0/8, 127.0.0.1"


def asked_from(peer: str, forwarded: str = "") -> Request:
    headers = [(b"x-forwarded-for", forwarded.encode())] if forwarded else []
    return Request({"type": "http", "client": (peer, 1), "headers": headers})


@pytest.mark.parametrize(
    ("peer", "forwarded", "address"),
    [
        ("192.0.2.7", "", "192.0.2.7"),
        ("192.0.2.7", "127.0.0.1", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "127.0.0.1, 192.0.2.7", "192.0.2.7"),
        ("10.0.0.1", "192.0.2.7, 10.0.0.2", "192.0.2.7"),
        ("10.0.0.1", "not an address", "not an address"),
        ("10.0.0.1", "", "10.0.0.1"),
    ],
)
def test_a_forwarded_address_is_believed_from_a_proxy_of_ours_alone(peer: str, forwarded: str, address: str) -> None:
    assert client_address(asked_from(peer, forwarded), OURS) == address


def test_without_a_trusted_proxy_no_header_counts() -> None:
    assert client_address(asked_from("127.0.0.1", "192.0.2.7"), "") == "127.0.0.1"
