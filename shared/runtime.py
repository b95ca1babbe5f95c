"""Starts one service or several in this process, and stops them gracefully. The only place that knows APScheduler."""

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.cron import CronTrigger
from apscheduler.triggers.interval import IntervalTrigger
from prometheus_client import CollectorRegistry
from sqlalchemy.exc import SQLAlchemyError

from shared.bus import BROKER_ERRORS, Bus, Rejected
from shared.clock import Clock, system_clock
from shared.database import Database
from shared.events import Tick
from shared.health import ALARMING_FULLNESS, HEARTBEATS, Heartbeat, Pulse, PulseCollector, examine, with_health
from shared.logs import speak_as
from shared.migrations import History
from shared.outbox import Outbox
from shared.relay import DeadLetterOffice, Relay
from shared.requests import AskDeadLetters, ReplayDeadLetter
from shared.service import Context, Job, Parts, Service
from shared.settings import CommonSettings, Settings
from shared.web import serving

log = logging.getLogger(__name__)

HEARTBEAT_EVERY_S = 3
KEEP_HOUSE_EVERY_S = 600
CANCEL_AGAIN_S = 1.0
EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


class CannotStart(Exception):
    """A reason not to start, in a sentence for whoever tried."""


@dataclass(frozen=True)
class Place:
    """Where services run: settings, the broker and the relay in force, the clock."""

    common: CommonSettings
    settings: Mapping[type[Settings], Settings]
    nats_url: str
    relay_url: str
    clock: Clock = system_clock
    metrics: CollectorRegistry = field(default_factory=CollectorRegistry)

    def context(self, service: Service) -> Context:
        """What a service is built of, connected to nothing yet."""
        database = Database(self.common.database_url_for(service.name), service=service.name)
        return Context(
            service=service.name,
            common=self.common,
            settings=self.settings[service.settings],
            database=database,
            outbox=Outbox(database, service.messages, self.clock),
            bus=Bus(self.nats_url, service=service.name, metrics=self.metrics),
            clock=self.clock,
            secret=self.common.read_secret(),
            metrics=self.metrics,
            relay_url=self.relay_url,
        )


@asynccontextmanager
async def at_rest(service: Service, place: Place) -> AsyncIterator[Context]:
    """A service's context with its database, for a command; what it tells leaves when the service runs."""
    context = place.context(service)
    try:
        await _bring_up_to_date(service, context)
        yield context
    finally:
        await context.database.close()


async def _bring_up_to_date(service: Service, context: Context) -> None:
    """Locally the tables are migrated without asking; in production only `passerelle migrate` does."""
    history = History(service.migrations, service.metadata)
    try:
        await context.database.create_schema()
        current = await history.current(context.database)
        if current == history.head:
            return
        if context.common.environment == "production":
            raise CannotStart(f"the database of {service.name} is not up to date: run `passerelle migrate` first")
        await history.upgrade(context.database)
    except (SQLAlchemyError, OSError) as error:
        reason = str(getattr(error, "orig", None) or error).splitlines()[0]
        raise CannotStart(f"the database of {service.name} cannot be used: {reason}") from error


@dataclass
class Running:
    """One service at work."""

    service: Service
    context: Context
    pulse: Pulse
    parts: Parts = field(init=False)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)
    _scheduler: AsyncIOScheduler | None = None
    _ready: bool = False

    async def start(self) -> None:
        """Bring the database up to date, hear, tell, schedule. Raises CannotStart and OwnerDown."""
        await _bring_up_to_date(self.service, self.context)
        bus, outbox = self.context.bus, self.context.outbox
        await bus.connect()
        self.parts = self.service.build(self.context)
        office = DeadLetterOffice(outbox, self.parts.handlers, self.context.clock)
        relay = Relay(outbox, bus)
        await _patiently(relay.follow_stream)
        if self.parts.opened:
            await self.parts.opened()
        self._listen(office)
        await bus.start()
        for run in (relay.run, office.run, self._beat, self._keep_house, *self.parts.workers):
            self._tasks.append(asyncio.create_task(_for_ever(run)))
        self._schedule(self.parts.jobs)
        self._ready = True
        log.info("the service started")

    def _listen(self, office: DeadLetterOffice) -> None:
        bus = self.context.bus
        for fact, handler in self.parts.handlers.items():
            bus.deliver(fact, handler, office.set_aside)
        for request, answer in self.parts.requests.items():
            bus.answer(request, answer)
        bus.answer(AskDeadLetters, office.list)
        bus.answer(ReplayDeadLetter, office.ask_replay)
        jobs = {job.name: job for job in self.parts.jobs}
        if jobs:
            bus.deliver(Tick, lambda tick: self._run_job(jobs, tick), _leave_tick)
        bus.overhear(f"{HEARTBEATS}.*", self.pulse.overhear)

    async def _run_job(self, jobs: Mapping[str, Job], tick: Tick) -> None:
        if tick.job in jobs:
            await jobs[tick.job].run(tick)

    def _schedule(self, jobs: Sequence[Job]) -> None:
        """Every replica fires; the stream drops all but the first tick of an hour."""
        self._scheduler = AsyncIOScheduler(timezone=UTC)
        for job in jobs:
            trigger = _trigger(job)
            self._scheduler.add_job(
                self._tick, trigger, args=[job, trigger], misfire_grace_time=60, coalesce=True, max_instances=1
            )
        self._scheduler.start()

    async def _tick(self, job: Job, trigger: Any) -> None:
        due = trigger.get_next_fire_time(None, datetime.now(UTC) - timedelta(seconds=1)) or datetime.now(UTC)
        tick = Tick.of(service=self.service.name, job=job.name, due_at=due.replace(microsecond=0))
        subject = f"{Tick.subject}.{self.service.name}.{job.name}"
        try:
            await self.context.bus.publish(subject, tick.model_dump_json(), event_id=tick.event_id)
        except BROKER_ERRORS:
            log.warning("a job could not be called, it will be at its next hour", extra={"job": job.name})

    async def _beat(self) -> None:
        while True:
            heartbeat = await self.heartbeat()
            self.pulse.hear(heartbeat)
            if heartbeat.broker:
                with contextlib.suppress(*BROKER_ERRORS):
                    await self.context.bus.say(f"{HEARTBEATS}.{self.service.name}", heartbeat.model_dump_json())
            await asyncio.sleep(HEARTBEAT_EVERY_S)

    async def heartbeat(self) -> Heartbeat:
        """How this service is, found out now."""
        return await examine(self.context, is_ready=self._ready)

    async def _keep_house(self) -> None:
        while True:
            await self.context.outbox.forget_old()
            if (fullness := (await self.heartbeat()).fullness) > ALARMING_FULLNESS:
                log.error("the stream is filling up: a listener is not working", extra={"fullness": fullness})
            await asyncio.sleep(KEEP_HOUSE_EVERY_S)

    async def stop(self) -> None:
        """Take nothing new, finish what is in hand, close."""
        self._ready = False
        if self._scheduler:
            self._scheduler.shutdown(wait=False)
        await self.context.bus.stop()
        await cancel_all(self._tasks)
        if self.parts.closing:
            await self.parts.closing()
        await self.context.database.close()
        log.info("the service stopped")


async def _leave_tick(rejected: Rejected) -> None:
    """A job that failed each time is not kept: its next hour comes."""
    log.error("a job failed and was given up until its next hour", extra={"error": rejected.error})


def _trigger(job: Job) -> CronTrigger | IntervalTrigger:
    if job.cron is not None:
        return CronTrigger.from_crontab(job.cron, timezone=UTC)
    assert job.every is not None, f"the job {job.name} has no hour"  # noqa: S101 - a mistake in code
    return IntervalTrigger(seconds=int(job.every.total_seconds()), start_date=EPOCH, timezone=UTC)


async def _patiently(step: Callable[[], Awaitable[None]], tries: int = 60) -> None:
    """A cluster needs some seconds to elect its leaders."""
    for number in range(tries):
        try:
            return await step()
        except BROKER_ERRORS as error:
            if number == tries - 1:
                raise CannotStart(f"the broker has no stream for us: {error}") from error
            await asyncio.sleep(1)
    return None


async def _for_ever(run: Callable[[], Awaitable[None]]) -> None:
    """Start a worker again when it breaks: a queue without its worker would wait in silence."""
    while True:
        try:
            await run()
        except Exception:
            log.exception("a worker broke and is started again")
        else:
            return
        await asyncio.sleep(1)


async def cancel_all(tasks: Iterable[asyncio.Task[None]]) -> None:
    """Cancel tasks, and again while one goes on: before Python 3.12, asyncio.wait_for may lose a cancellation that
    arrives together with its result, in a library as well as here."""
    left = set(tasks)
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=CANCEL_AGAIN_S)


@asynccontextmanager
async def running(services: Sequence[Service], place: Place) -> AsyncIterator[Sequence[Running]]:
    """Services at work, with their pages; stopped in the reverse order at the end."""
    pulse = Pulse(tuple(service.name for service in services))
    place.metrics.register(PulseCollector(pulse))
    started: list[Running] = []
    async with contextlib.AsyncExitStack() as stack:
        for service in services:
            one = Running(service, place.context(service), pulse)
            await _in_its_own_name(service.name, one.start)
            stack.push_async_callback(_in_its_own_name, service.name, one.stop)
            started.append(one)
        for one in started:
            pulse.hear(await one.heartbeat())
        web = next((one.parts.web for one in started if one.parts.web is not None), None)
        try:
            await stack.enter_async_context(serving(with_health(pulse, place.metrics, web), place.common))
        except OSError as error:
            raise CannotStart(f"port {place.common.port} is taken: free it, or set PASSERELLE_PORT") from error
        yield started


async def _in_its_own_name(name: str, step: Callable[[], Awaitable[None]]) -> None:
    """Run a step in a context of its own, so that lines logged by it and by its tasks bear the service's name."""

    async def named() -> None:
        speak_as(name)
        await step()

    await asyncio.create_task(named())


async def run_until_stopped(
    services: Sequence[Service], place: Place, *, started: Callable[[Sequence[Running]], Awaitable[None]] | None = None
) -> None:
    """Run services until SIGINT or SIGTERM; a second signal changes nothing, what is in hand is finished."""
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopping.set)
    async with running(services, place) as at_work:
        if started:
            await started(at_work)
        await stopping.wait()
        log.info("stopping")
