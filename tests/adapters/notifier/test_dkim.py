"""Every kind of mail, signed by us, passes dkimpy's verification as it came out of the relay."""

import subprocess
from datetime import timedelta
from pathlib import Path

import dkim
import pytest
from sqlalchemy import insert, update

from services.notifier.domain.kinds import LANE_OF, MailKind
from services.notifier.mail.dkim import BadKey, Signer
from services.notifier.sending import senders_of
from services.notifier.store.planning import message_row
from services.notifier.tables import alerts, messages, people, subscriptions
from shared.events import Language
from shared.requests import SendSignInLink
from tests.adapters.notifier.world import World, closed, described, matched, opportunity, pair, published

ONE_CLICK = {"list-unsubscribe", "list-unsubscribe-post"}
ASKED_FOR = ("confirm", "sign_in")


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("dkim") / "key.pem"
    subprocess.run(["openssl", "genrsa", "-traditional", "-out", str(path), "2048"], check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def record(key: Path) -> bytes:
    """What the DNS says of the key."""
    command = ["openssl", "rsa", "-in", str(key), "-pubout"]
    public = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return ("v=DKIM1; k=rsa; p=" + "".join(public.splitlines()[1:-1])).encode()


def sign_with(world: World, key: Path) -> None:
    """Give every sender of the world a key."""
    settings = world.desk.settings.model_copy(update={"dkim_key_file": key, "dkim_selector": "autumn"})
    desk = world.desk.__class__(**(world.desk.__dict__ | {"settings": settings}))
    for sender in senders_of(world.context, desk):
        world.sender(sender.lane).preparing = sender.preparing


async def send(world: World, kind: MailKind, language: Language) -> None:
    """One mail of a kind, as it is planned."""
    person = await world.recipient(language=language)
    if kind == "sign_in":
        await world.ask(SendSignInLink(email="contact@laiterie.example", language=language, browser="b" * 64))
    if kind not in ASKED_FOR:
        await plan(world, kind, person, language)
    await world.send_all("login", "office", "alert")


async def plan(world: World, kind: MailKind, person: str, language: Language) -> None:
    now, state = world.clock(), opportunity(world.clock(), title="Fromages d’été : l’appel")
    await world.hear(*described(now, "org-1"), *published(now, state), matched(now, [pair(state)], "refit"))
    if kind == "closed":
        await world.hear(closed(now, state))
    notice = {"what": "domain_paused", "domain": "orange.example", "reply": "554 5.7.1 blocked"}
    row = message_row("m" * 32, kind=kind, person_id=person, language=language, now=now)
    told = {"alert": "new", "digest": "new", "reminder": "reminder-7"}.get(kind, kind)
    async with world.database.writing() as connection:
        subscription = subscriptions.c.person_id == person
        found = (await connection.execute(subscriptions.select().where(subscription))).one()
        await connection.execute(insert(messages).values(**row, notice=notice))
        if LANE_OF[kind] == "office":
            await connection.execute(update(people).where(people.c.id == person).values(is_staff=True))
        elif kind != "check_in":
            alert = {"person_id": person, "subscription_id": found.id, "opportunity_id": state.id, "score": 0.8}
            alert |= {"id": "a" * 32, "kind": told, "opportunity_version": 1, "status": "planned", "planned_at": now}
            alert |= {"message_id": "m" * 32, "deadline": now + timedelta(days=7)}
            await connection.execute(insert(alerts).values(alert))


@pytest.mark.parametrize("language", ["fr", "en"])
@pytest.mark.parametrize("kind", sorted(LANE_OF))
async def test_every_kind_of_mail_is_signed(
    world: World, key: Path, record: bytes, kind: MailKind, language: Language
) -> None:
    sign_with(world, key)
    await send(world, kind, language)
    rows = {row.kind: row for row in await world.rows(messages)}
    assert rows[kind].state == "sent", (rows[kind].state, rows[kind].reason)
    taken = world.sink.taken[-1]
    assert taken.mail["Feedback-ID"].startswith(f"{kind}:")
    assert taken.mail["Content-Language"] == language
    assert dkim.verify(taken.content, dnsfunc=lambda name, **_: record)
    assert not dkim.verify(taken.content.replace(b"Subject: ", b"Subject: x"), dnsfunc=lambda name, **_: record)
    signature = taken.mail["DKIM-Signature"].replace(" ", "")
    covered = set(next(part[2:] for part in signature.split(";") if part.startswith("h=")).split(":"))
    must = {"from", "to", "subject", "date", "message-id", "reply-to", "mime-version", "content-type"}
    assert must | (ONE_CLICK | {"list-id"} if LANE_OF[kind] == "alert" else set()) <= covered
    assert {"s=autumn", "d=passerelle.example", "c=relaxed/relaxed"} <= set(signature.split(";"))


async def test_a_copy_bears_the_same_signature(world: World, key: Path) -> None:
    sign_with(world, key)
    person = await world.recipient()
    await plan(world, "alert", person, "fr")
    world.sink.answers["dot"] = ["lost"]
    await world.send_all("alert")
    world.clock.turn(minutes=1)
    await world.send_all("alert")
    assert len(world.sink.taken[1:]) == 2
    assert len({taken.content for taken in world.sink.taken[1:]}) == 1


def test_a_key_that_cannot_sign_is_refused_at_the_start(tmp_path: Path) -> None:
    path = tmp_path / "key"
    path.write_text("no key")
    with pytest.raises(BadKey):
        Signer.of(path, selector="autumn", domain="passerelle.example")
