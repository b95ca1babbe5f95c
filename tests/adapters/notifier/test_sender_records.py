"""What the DNS says of our mail domain, asked of a real small DNS server on loopback."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import cast

import dns.message
import dns.rcode
import dns.rrset
import pytest

from services.notifier.sender_records import DnsTrouble, RecordsWatch, SenderRecords
from services.notifier.settings import NotifierSettings

SPF, DMARC = "v=spf1 mx -all", "v=DMARC1; p=quarantine; rua=mailto:dmarc@passerelle.example"
DKIM = "v=DKIM1; k=rsa; p=" + "A" * 360
GOOD = {
    "passerelle.example.": (SPF, "another=thing"),
    "_dmarc.passerelle.example.": (DMARC,),
    "une._domainkey.passerelle.example.": (DKIM,),
}


@dataclass
class Zone(asyncio.DatagramProtocol):
    """Answers TXT questions from a table; `fails` makes it refuse, `silent` say nothing."""

    texts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    fails: bool = False
    silent: bool = False
    asked: list[str] = field(default_factory=list)
    transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.DatagramTransport, transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        question = dns.message.from_wire(data)
        name = question.question[0].name.to_text().lower()
        self.asked.append(name)
        if self.silent or self.transport is None:
            return
        answer = dns.message.make_response(question)
        if self.fails:
            answer.set_rcode(dns.rcode.SERVFAIL)
        elif name in self.texts:
            quoted = [
                " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200)) for text in self.texts[name]
            ]
            answer.answer.append(dns.rrset.from_text(name, 60, "IN", dns.rdatatype.to_text(dns.rdatatype.TXT), *quoted))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        self.transport.sendto(answer.to_wire(), addr)


def _quoted(text: str) -> str:
    """A TXT is strings of 255 bytes at most: a key is told in several."""
    return " ".join(f'"{text[at : at + 200]}"' for at in range(0, len(text), 200))


@pytest.fixture
async def zone() -> AsyncIterator[Zone]:
    made = Zone(dict(GOOD))
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: made, ("127.0.0.1", 0))
    yield made
    transport.close()


def records(zone: Zone, **settings: str) -> SenderRecords:
    assert zone.transport is not None
    address, port = zone.transport.get_extra_info("sockname")[:2]
    given = NotifierSettings.model_validate({"dkim_selector": "une", **settings})
    return SenderRecords(given, servers=((address, port),), lifetime_s=1)


async def test_with_all_three_records_there_is_nothing_to_mend(zone: Zone) -> None:
    assert await records(zone).problems() == ()


@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"passerelle.example.": ("another=thing",)}, "passerelle.example has no SPF record"),
        ({"passerelle.example.": (SPF, "v=spf1 -all")}, "2 SPF records"),
        ({"passerelle.example.": ("v=spf1 +all",)}, "allows the whole world"),
        ({"_dmarc.passerelle.example.": ()}, "no DMARC record"),
        ({"_dmarc.passerelle.example.": (DMARC, "v=DMARC1; p=none")}, "2 DMARC records"),
        ({"_dmarc.passerelle.example.": ("v=DMARC1; rua=mailto:a@b.example",)}, "no policy"),
        ({"une._domainkey.passerelle.example.": ()}, "no DKIM key at une._domainkey.passerelle.example"),
        ({"une._domainkey.passerelle.example.": ("v=DKIM1; p=",)}, "is revoked"),
    ],
)
async def test_each_missing_or_wrong_record_is_a_sentence(
    zone: Zone, changed: dict[str, tuple[str, ...]], problem: str
) -> None:
    zone.texts |= changed
    zone.texts = {name: texts for name, texts in zone.texts.items() if texts}
    found = await records(zone).problems()
    assert len(found) == 1
    assert problem in found[0]


async def test_a_domain_below_follows_the_policy_of_the_one_above(zone: Zone) -> None:
    zone.texts["veille.passerelle.example."] = (SPF,)
    zone.texts["une._domainkey.veille.passerelle.example."] = (DKIM,)
    below = {"mail_from": "a@veille.passerelle.example", "mail_returns_to": "r@veille.passerelle.example"}
    assert await records(zone, **below).problems() == ()


async def test_returns_in_another_domain_are_out_of_line(zone: Zone) -> None:
    zone.texts["mailer.example."] = (SPF,)
    [found] = await records(zone, mail_returns_to="retours@mailer.example").problems()
    assert "SPF does not count for DMARC" in found


async def test_without_a_selector_the_key_is_not_asked_for(zone: Zone) -> None:
    del zone.texts["une._domainkey.passerelle.example."]
    assert await records(zone, dkim_selector=None).problems() == ()  # type: ignore[arg-type]
    assert not any("_domainkey" in name for name in zone.asked)


@pytest.mark.parametrize("trouble", ["fails", "silent"])
async def test_a_dns_in_trouble_is_a_warning_and_no_missing_record(
    zone: Zone, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    setattr(zone, trouble, True)
    with pytest.raises(DnsTrouble):
        await records(zone).problems()
    watch = RecordsWatch(NotifierSettings())
    watch.records = records(zone)
    await watch.look()
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_missing_record_is_an_error_in_the_log_and_the_watch_goes_on(
    zone: Zone, caplog: pytest.LogCaptureFixture
) -> None:
    del zone.texts["_dmarc.passerelle.example."]
    watch = RecordsWatch(NotifierSettings())
    watch.records = records(zone)
    running = asyncio.create_task(watch.run())
    while not caplog.records:
        await asyncio.sleep(0.01)
    assert not running.done()
    running.cancel()
    assert [record.levelname for record in caplog.records] == ["ERROR"]
