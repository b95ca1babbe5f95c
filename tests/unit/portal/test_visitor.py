"""Whose address counts, and what cookies carry."""

from http.cookies import SimpleCookie

import pytest
from starlette.requests import Request

from services.portal.web.visitor import CookieJar, client_address

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


def jar(cookies: str = "") -> CookieJar:
    headers = [(b"cookie", cookies.encode())]
    return CookieJar(Request({"type": "http", "headers": headers, "state": {"cookies": []}}), secure=True)


@pytest.mark.parametrize(
    "value",
    [
        "/answer?organisation=" + "o" * 200 + "&opportunity=eu-algues&verdict=interested",
        "/answer?opportunity=a%26b&verdict=x",
        "/a; Domain=elsewhere.example; Max-Age=1",
        '/é," œuvre',
    ],
)
def test_a_cookie_brings_back_what_was_put_into_it_and_sets_nothing_else(value: str) -> None:
    setting = jar()
    setting.put("next", value, max_age_s=60)
    (line,) = setting._lines
    assert line.isascii()
    (morsel,) = SimpleCookie(line).values()
    assert (morsel["domain"], morsel["max-age"], morsel["samesite"]) == ("", "60", "Lax")
    assert jar(f"{morsel.key}={morsel.coded_value}").get("next") == value


def test_a_cookie_longer_than_any_of_ours_is_none() -> None:
    assert jar("__Host-next=" + "a" * 1001).get("next") is None
