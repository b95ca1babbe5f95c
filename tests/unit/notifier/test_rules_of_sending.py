"""Tokens, addresses, replies, retries and digests, decided without any I/O."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.notifier.domain import tokens
from services.notifier.domain.addresses import is_allowed, masked, parse_address
from services.notifier.domain.digest import Candidate, compose_digest
from services.notifier.domain.replies import judge_reply
from services.notifier.domain.retry import SLOW, delay_after, is_expired

SECRET = b"0" * 32


def test_an_unsubscribe_token_is_read_back_and_no_other_is() -> None:
    token = tokens.unsubscribe_token(SECRET, "abc")
    assert tokens.subscription_of(SECRET, token) == "abc"
    assert tokens.subscription_of(b"1" * 32, token) is None
    assert tokens.subscription_of(SECRET, token.replace("abc", "abd")) is None


@given(st.text(max_size=80))
def test_no_text_is_taken_for_an_unsubscribe_token_nor_raises(text: str) -> None:
    assert tokens.subscription_of(SECRET, text) is None


def test_a_link_has_128_bits_and_a_code_six_digits() -> None:
    links = {tokens.token_of_message(SECRET, str(number)) for number in range(500)}
    assert len(links) == 500
    assert {len(link) for link in links} == {22}
    assert all(
        len(code) == 6 and code.isdigit() for code in (tokens.code_of_message(SECRET, str(n)) for n in range(99))
    )


def test_the_envelope_sender_fits_in_a_mail_address() -> None:
    sender = tokens.envelope_sender(SECRET, "a" * 32, "retours@passerelle.example")
    assert parse_address(sender) == sender


@pytest.mark.parametrize(
    "text",
    ["", "a", "a@", "@b.example", "a b@c.example", "a@b..example", "a@b.example\r\nBcc: c@d.example", "a@b.example\0"],
)
def test_what_is_no_address_is_refused(text: str) -> None:
    assert parse_address(text) is None


def test_addresses_are_masked_and_matched_with_the_allow_list() -> None:
    assert parse_address("  Contact@Laiterie.EXAMPLE ") == "Contact@laiterie.example"
    assert masked("contact@laiterie.example") == "c•••••@laiterie.example"
    allow = "one@a.example, @b.example,"
    assert is_allowed("One@A.example", allow)
    assert is_allowed("x@b.example", allow)
    assert not is_allowed("x@sub.b.example", allow)
    assert not is_allowed("two@a.example", allow)
    assert not is_allowed("x@a.example", "")


@pytest.mark.parametrize(
    ("step", "code", "text", "verdict"),
    [
        ("dot", 250, "2.0.0 ok", "accepted"),
        ("data", 354, "go on", "accepted"),
        ("connect", 554, "5.7.1 no service for you", "relay"),
        ("connect", 535, "5.7.8 authentication failed", "relay"),
        ("mail", 421, "4.3.2 shutting down", "relay"),
        ("mail", 530, "5.7.0 must issue STARTTLS first", "relay"),
        ("mail", 550, "5.7.1 sender domain blocked", "relay"),
        ("dot", 421, "4.7.0 try again", "relay"),
        ("rcpt", 450, "4.2.0 greylisted", "retry"),
        ("rcpt", 451, "4.7.1 please try again later", "retry"),
        ("rcpt", 452, "4.2.2 mailbox full", "retry"),
        ("dot", 451, "4.3.0 temporary failure", "retry"),
        ("dot", 432, "4.3.2 rate limited", "retry"),
        ("rcpt", 550, "5.1.1 <x>: Recipient address rejected: User unknown in virtual mailbox table", "address"),
        ("rcpt", 550, "5.1.1 The email account that you tried to reach does not exist.", "address"),
        ("rcpt", 550, "5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient not found by SMTP address lookup", "address"),
        ("rcpt", 550, "5.2.1 The email account that you tried to reach is disabled.", "address"),
        ("rcpt", 553, "5.1.3 The recipient address is not a valid RFC 5321 address", "address"),
        ("rcpt", 550, "No such user here", "address"),
        ("rcpt", 550, "Unknown user", "address"),
        ("rcpt", 550, "Requested action not taken: mailbox unavailable", "address"),
        ("rcpt", 550, "Invalid recipient", "address"),
        ("rcpt", 550, "Unrouteable address", "address"),
        ("rcpt", 550, "Utilisateur inconnu", "address"),
        ("rcpt", 551, "user does not exist", "address"),
        ("dot", 550, "5.1.1 User unknown", "address"),
        ("rcpt", 552, "5.2.2 mailbox full", "retry"),
        ("rcpt", 552, "quota exceeded", "retry"),
        ("rcpt", 550, "5.4.1 Recipient address rejected: Access denied", "retry"),
        ("rcpt", 550, "5.7.1 Relaying denied", "policy"),
        ("rcpt", 554, "5.7.1 Client host blocked using an RBL", "policy"),
        ("rcpt", 550, "5.1.0 sender rejected for policy reasons", "policy"),
        ("rcpt", 550, "Blocked: unknown user reputation spam", "policy"),
        ("rcpt", 554, "Service refused, adresse IP bloquée", "policy"),
        ("rcpt", 550, "SPF check failed", "policy"),
        ("dot", 550, "5.7.26 unauthenticated email is not accepted due to DMARC policy", "policy"),
        ("dot", 554, "5.7.1 message looks like spam", "policy"),
        ("dot", 552, "5.3.4 message too big", "policy"),
        ("dot", 554, "Transaction failed", "policy"),
        ("dot", 550, "5.6.0 headers not RFC compliant", "policy"),
        ("rcpt", 501, "syntax error", "policy"),
    ],
)
def test_replies_are_read_as_a_postmaster_would(step: str, code: int, text: str, verdict: str) -> None:
    assert judge_reply(step, code, text) == verdict  # type: ignore[arg-type]


def test_retries_grow_over_four_to_five_days_then_end() -> None:
    assert list(SLOW) == sorted(SLOW)
    assert timedelta(days=4) <= sum(SLOW, timedelta()) <= timedelta(days=5)
    assert delay_after(len(SLOW) + 1, "alert") is None
    assert delay_after(1, "login") == timedelta(seconds=5)
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert is_expired(now, planned_at=now - timedelta(days=5, seconds=1), expires_at=None)
    assert is_expired(now, planned_at=now, expires_at=now)
    assert not is_expired(now, planned_at=now, expires_at=now + timedelta(seconds=1))


candidates = st.lists(
    st.builds(
        Candidate,
        opportunity_id=st.sampled_from([f"o{number}" for number in range(12)]),
        opportunity_version=st.just(1),
        score=st.sampled_from([0.2, 0.5, 0.9]),
        kind=st.sampled_from(["new", "amended", "closed", "reminder", "also_open"]),
    ),
    max_size=30,
)


@given(candidates, st.integers(1, 12), st.integers(0, 99))
def test_a_digest_is_the_best_each_once_within_the_cap_in_any_order(
    given_candidates: list[Candidate], cap: int, seed: int
) -> None:
    digest = compose_digest(given_candidates, cap=cap)
    told = [candidate.opportunity_id for candidate in (*digest.chosen, *digest.rest)]
    assert sorted(told) == sorted({candidate.opportunity_id for candidate in given_candidates})
    again = {one.opportunity_id for one in given_candidates if one.kind in {"closed", "amended"}}
    reminded = {one.opportunity_id for one in given_candidates if one.kind == "reminder"} - again
    first_words = {one.opportunity_id for one in given_candidates if one.kind == "new"}
    follow_ups = len(again | (reminded - first_words))
    assert len(digest.chosen) == min(cap, follow_ups) + min(cap, len(told) - follow_ups)
    assert len(told) + len(digest.doubles) == len(given_candidates)
    shuffled = list(given_candidates)
    Random(seed).shuffle(shuffled)  # noqa: S311 — an order, not a secret
    assert compose_digest(shuffled, cap=cap) == digest
