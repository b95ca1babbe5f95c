"""Every service in one process, with its own broker and mailbox: what `passerelle up` runs."""

import fcntl
import logging
import os
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager
from pathlib import Path

from services.ingest.app import service as ingest
from services.ingest.samples import load_samples as load_sample_opportunities
from services.mailbox import built_in_mailbox
from services.matcher.app import service as matcher
from services.nats_server import EmbeddedNats
from services.notifier.app import service as notifier
from services.notifier.samples import load_samples as load_sample_subscriptions
from services.portal.app import service as portal
from shared.runtime import CannotStart, Place, Running, run_until_stopped
from shared.service import Service
from shared.settings import CommonSettings, Settings, read_settings

log = logging.getLogger(__name__)

ALL: tuple[Service, ...] = (notifier, portal, matcher, ingest)
SAMPLES_WANTED = "samples-wanted"


def settings_from(environ: Mapping[str, str]) -> dict[type[Settings], Settings]:
    """Everybody's settings. Raises SettingsError with every problem."""
    return read_settings([CommonSettings, *(service.settings for service in ALL)], environ)


def common(settings: Mapping[type[Settings], Settings]) -> CommonSettings:
    """The settings that all services share."""
    found = settings[CommonSettings]
    assert isinstance(found, CommonSettings)  # noqa: S101 - for the type checker
    return found


async def up(settings: Mapping[type[Settings], Settings]) -> None:
    """Run all services until stopped. Raises CannotStart."""
    async with embedded_place(settings) as place:
        await run_until_stopped(ALL, place, started=lambda at_work: _welcome(place, at_work))


@asynccontextmanager
async def embedded_place(settings: Mapping[type[Settings], Settings]) -> AsyncIterator[Place]:
    """A home of one's own, with a broker and a mailbox for what is not set to be elsewhere."""
    shared_settings = common(settings)
    home = shared_settings.home
    async with AsyncExitStack() as stack:
        stack.enter_context(_sole_user_of(home))
        if _is_newcomer(shared_settings):
            (home / SAMPLES_WANTED).touch()
        nats_url = shared_settings.nats_url.get_secret_value() if shared_settings.nats_url else None
        if nats_url is None:
            nats = EmbeddedNats(home / "nats")
            try:
                await nats.start()
            except (RuntimeError, OSError) as error:
                raise CannotStart(f"the embedded broker did not start: {error}") from error
            stack.push_async_callback(nats.stop)
            nats_url = nats.url
        relay_url = shared_settings.smtp_url.get_secret_value() if shared_settings.smtp_url else None
        if relay_url is None:
            relay_url = await stack.enter_async_context(built_in_mailbox(home / "mailbox"))
        yield Place(common=shared_settings, settings=settings, nats_url=nats_url, relay_url=relay_url)


@contextmanager
def _sole_user_of(home: Path) -> Iterator[None]:
    """Hold the home's lock; it goes with the process, however it ends."""
    home.mkdir(parents=True, exist_ok=True)
    handle = os.open(home / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        holder = os.pread(handle, 20, 0).decode().strip() or "unknown"
        os.close(handle)
        raise CannotStart(
            f"Passerelle already runs on {home.absolute()} (process {holder}): stop it, or set PASSERELLE_HOME"
        ) from error
    try:
        os.ftruncate(handle, 0)
        os.pwrite(handle, str(os.getpid()).encode(), 0)
        yield
    finally:
        os.close(handle)


def _is_newcomer(settings: CommonSettings) -> bool:
    """Whether everything is embedded and nothing was ever stored in this home."""
    elsewhere = settings.database_url or settings.nats_url or settings.smtp_url
    return not elsewhere and settings.environment == "local" and not list(settings.home.glob("*.sqlite"))


async def _welcome(place: Place, at_work: Sequence[Running]) -> None:
    wanted = place.common.home / SAMPLES_WANTED
    if wanted.exists():
        contexts = {one.service.name: one.context for one in at_work}
        await load_sample_subscriptions(contexts["notifier"])
        await load_sample_opportunities(contexts["ingest"])
        wanted.unlink()
        log.info("samples loaded into an empty home")
    log.info(
        "Passerelle is up", extra={"pages": place.common.public_url, "mailbox": f"{place.common.public_url}/boite"}
    )
