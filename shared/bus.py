"""The only place that speaks NATS: facts through JetStream, requests over plain NATS, both on FastStream.

The stream and every consumer of every service are made in one place, `provision`, so that no fact is published
before all who must hear it can. A handler that fails is tried again with a growing delay, and what fails for good
is handed to `set_aside`, which keeps it in a table.
"""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar
from urllib.parse import unquote, urlsplit

import nats.errors
import nats.js.errors
from faststream import AckPolicy
from faststream.exceptions import NackMessage, RejectMessage
from faststream.nats import JStream, NatsBroker, NatsMessage, PullSub
from faststream.nats.prometheus import NatsPrometheusMiddleware
from faststream.security import SASLPlaintext
from nats.aio.client import Client
from nats.js.api import ConsumerConfig, DeliverPolicy, DiscardPolicy, RetentionPolicy, StorageType, StreamConfig
from nats.js.client import JetStreamContext
from prometheus_client import CollectorRegistry

from shared.events import FACTS, SERVICES, Fact, Tick, durable_name
from shared.logs import fact_in_hand
from shared.requests import Reply, Request
from shared.retries import NotYet, delay_before_retry

log = logging.getLogger(__name__)

STREAM = "passerelle"
MAX_STREAM_BYTES = 1_500_000_000
DEDUPLICATION_S = 600
ACK_WAIT_S = 15  # what a killed process had in hand comes again after this; living ones renew it
WORKERS = 8
REQUEST_TIMEOUT_S = 5
PUBLISH_TIMEOUT_S = 8

BROKER_ERRORS = (nats.errors.Error, OSError, TimeoutError)

FactHandler = Callable[[Any], Awaitable[None]]
RequestHandler = Callable[[Any], Awaitable[Reply]]
SetAside = Callable[["Rejected"], Awaitable[None]]
R = TypeVar("R", bound=Reply)


class OwnerDown(Exception):
    """The service that owns the answer did not give one."""


@dataclass(frozen=True)
class Rejected:
    """A message that failed for good, as it came."""

    event_id: str
    subject: str
    payload: str
    error: str
    deliveries: int


def _security_in(servers: Sequence[str]) -> SASLPlaintext | None:
    """The name and password of the servers' URLs, for those too that a cluster makes known later without them."""
    named = next((url for url in map(urlsplit, servers) if url.username and url.password), None)
    if named is None:
        return None
    return SASLPlaintext(unquote(named.username or ""), unquote(named.password or ""))


def _without_user(url: str) -> str:
    parts = urlsplit(url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl() if parts.password else url


class Bus:
    """One service's connection to the broker. It reconnects for ever."""

    def __init__(self, urls: str, *, service: str, metrics: CollectorRegistry | None = None) -> None:
        self.service = service
        self._servers = [url.strip() for url in urls.split(",") if url.strip()]
        self._broker = NatsBroker(
            [_without_user(url) for url in self._servers],
            ack_policy=AckPolicy.NACK_ON_ERROR,
            max_reconnect_attempts=-1,
            reconnect_time_wait=1,
            ping_interval=10,
            max_outstanding_pings=2,
            drain_timeout=10,
            graceful_timeout=20,
            name=f"passerelle-{service}",
            security=_security_in(self._servers),
            log_level=logging.DEBUG,
            logger=logging.getLogger("faststream"),
            apply_types=False,
            error_cb=_log_connection_error,
            middlewares=[NatsPrometheusMiddleware(registry=metrics, app_name=service)] if metrics else [],
        )
        self._client: Client | None = None
        self._provisioned = ""

    @property
    def replicas(self) -> int:
        """Copies of each message: three on a cluster of three servers or more, else one."""
        return 3 if len(self._servers) >= 3 else 1

    # --- life ---

    async def connect(self, *, within_s: float | None = 30) -> None:
        """Reach the broker. Raises OwnerDown when no server answers in time; None waits for ever."""
        try:
            self._client = await asyncio.wait_for(self._broker.connect(), within_s)
        except BROKER_ERRORS as error:
            raise OwnerDown("the broker does not answer") from error

    async def start(self) -> None:
        """Begin to deliver to the handlers registered so far."""
        await self._broker.start()

    async def stop(self) -> None:
        """Finish what is in hand, then leave; a broker that is away is left as it is."""
        client, self._client = self._client, None
        if client is None:
            return
        try:
            await self._broker.stop()
        except BROKER_ERRORS:
            await client.close()

    async def ping(self, timeout_s: int = 1) -> bool:
        """Whether the broker answers now: a message there and back, since a dead connection is noticed late."""
        if self._client is None or not self._client.is_connected:
            return False
        try:
            await asyncio.wait_for(self._client.flush(timeout=timeout_s), timeout_s + 0.5)
        except BROKER_ERRORS:
            return False
        return True

    # --- the stream ---

    @property
    def _jetstream(self) -> JetStreamContext:
        return self._broker.config.broker_config.connection_state.stream

    async def provision(self) -> str:
        """Make the stream and everybody's consumers as this release has them; returns the stream's identity.

        A new stream keeps every message until all consumers exist, and only then drops what nobody waits for:
        a service that publishes in between loses nothing.
        """
        retention = await self._retention()
        if retention is None:
            await self._jetstream.add_stream(self._config(RetentionPolicy.LIMITS))
            log.info("made the stream", extra={"stream": STREAM, "replicas": self.replicas})
        identity = await self.stream_identity()
        if identity != self._provisioned:
            for durable, subject in all_consumers():
                await self._jetstream.add_consumer(STREAM, consumer_config(durable, subject, replicas=self.replicas))
        if retention is not RetentionPolicy.INTEREST:
            await self._jetstream.update_stream(self._config(RetentionPolicy.INTEREST))
        self._provisioned = identity
        return identity

    async def _retention(self) -> RetentionPolicy | None:
        """How the stream keeps messages now; None when there is no stream."""
        try:
            stream = await self._jetstream.stream_info(STREAM)
        except nats.js.errors.NotFoundError:
            return None
        return RetentionPolicy(stream.config.retention)

    def _config(self, retention: RetentionPolicy) -> StreamConfig:
        return StreamConfig(
            name=STREAM,
            subjects=[*(fact.subject for fact in FACTS), f"{Tick.subject}.>"],
            retention=retention,
            storage=StorageType.FILE,
            num_replicas=self.replicas,
            max_bytes=MAX_STREAM_BYTES,
            discard=DiscardPolicy.NEW,  # when it is full, facts wait in the outboxes; none is dropped
            duplicate_window=DEDUPLICATION_S,
        )

    async def stream_identity(self) -> str:
        """What tells this stream from one made again after it was wiped: when it was created."""
        stream = await self._jetstream.stream_info(STREAM)
        return str(stream.created)

    async def fullness(self) -> float:
        """How full the stream is, 0..1; at 1 it refuses what is published."""
        return (await self._jetstream.stream_info(STREAM)).state.bytes / MAX_STREAM_BYTES

    async def waiting(self) -> dict[str, int]:
        """Facts each of this service's consumers has not acknowledged yet."""
        consumers = await self._jetstream.consumers_info(STREAM)
        mine = [consumer for consumer in consumers if consumer.name.startswith(f"{self.service}-")]
        return {consumer.name: (consumer.num_pending or 0) + (consumer.num_ack_pending or 0) for consumer in mine}

    async def publish(self, subject: str, payload: str, *, event_id: str) -> None:
        """Put a message in the stream; returns when it is on disk.

        Raises nats.errors.Error or OSError when it is not known to be.
        """
        await self._jetstream.publish(
            subject,
            payload.encode(),
            timeout=PUBLISH_TIMEOUT_S,
            stream=STREAM,
            headers={"Nats-Msg-Id": event_id, "content-type": "application/json"},
        )

    # --- facts ---

    def deliver(self, fact: type[Fact], handler: FactHandler, set_aside: SetAside) -> None:
        """Hand every fact of a class to a handler, until it has succeeded or was set aside."""
        if fact is Tick:
            durable, subject = tick_consumer(self.service)
        else:
            durable, subject = durable_name(self.service, fact.subject), fact.subject

        async def handle(message: NatsMessage) -> None:
            async with _held(message):
                await self._attempt(fact, handler, set_aside, message)

        self._broker.subscriber(
            subject,
            durable=durable,
            stream=JStream(STREAM, declare=False),
            pull_sub=PullSub(batch_size=1, timeout=5),
            max_workers=WORKERS,
            ack_policy=AckPolicy.NACK_ON_ERROR,
            config=consumer_config(durable, subject, replicas=self.replicas),
            decoder=_whole,
        )(handle)

    async def _attempt(self, fact: type[Fact], handler: FactHandler, set_aside: SetAside, message: NatsMessage) -> None:
        tries = message.raw_message.metadata.num_delivered
        event_id = (message.headers or {}).get("Nats-Msg-Id", "")
        with fact_in_hand(event_id, message.raw_message.subject):
            try:
                await handler(fact.model_validate_json(message.body))
            except Exception as error:
                if (delay := delay_before_retry(error, tries)) is not None:
                    if not isinstance(error, NotYet):
                        log.warning(
                            "a fact will be tried again", extra={"tries": tries, "delay_s": delay}, exc_info=error
                        )
                    raise NackMessage(delay=delay) from error
                log.exception("a fact failed for good and was set aside", extra={"tries": tries})
                await set_aside(_rejected(message, event_id, error, tries))
                raise RejectMessage from error

    # --- requests ---

    def answer(self, request: type[Request], handler: RequestHandler) -> None:
        """Answer requests of a class; one replica takes each."""
        subject = request.subject.format(service=self.service)

        async def handle(message: NatsMessage) -> str:
            with fact_in_hand(message.correlation_id or "", subject):
                try:
                    reply = await handler(request.model_validate_json(message.body))
                except Exception:
                    log.exception("a request failed")
                    return _FAILED
                return reply.model_dump_json()

        self._broker.subscriber(subject, queue=self.service, decoder=_whole, max_workers=WORKERS)(handle)

    async def ask(self, request: Request, *, service: str | None = None) -> Any:
        """Ask the owner and wait for its answer, of the class `request.reply`.

        `service` names the owner of a request that every service answers. Raises OwnerDown when there is no answer.
        """
        subject = request.subject.format(service=service or request.owner)
        try:
            message = await self._broker.request(request.model_dump_json(), subject, timeout=REQUEST_TIMEOUT_S)
        except BROKER_ERRORS as error:
            raise OwnerDown(f"{service or request.owner} does not answer") from error
        if not message.body or message.body.decode() == _FAILED:
            raise OwnerDown(f"{service or request.owner} could not answer")
        return request.reply.model_validate_json(message.body)

    # --- heartbeats ---

    async def say(self, subject: str, payload: str) -> None:
        """Tell whoever listens now; nobody keeps it."""
        await self._broker.publish(payload, subject)

    def overhear(self, subject: str, handler: Callable[[bytes], Awaitable[None]]) -> None:
        """Listen to what is said on a subject, in every process."""

        async def handle(message: NatsMessage) -> None:
            await handler(message.body)

        self._broker.subscriber(subject, decoder=_whole)(handle)


_FAILED = '{"failed":true}'


def tick_consumer(service: str) -> tuple[str, str]:
    """Durable and subject of a service's ticks."""
    return f"{service}-tick", f"{Tick.subject}.{service}.>"


def all_consumers() -> Sequence[tuple[str, str]]:
    """Durable and subject of every consumer there is: each listener of each fact, and each service's ticks."""
    facts = [(durable_name(service, fact.subject), fact.subject) for fact in FACTS for service in fact.listeners]
    return [*facts, *(tick_consumer(service) for service in SERVICES)]


def consumer_config(durable: str, subject: str, *, replicas: int) -> ConsumerConfig:
    """A durable pull consumer that never gives a message up by itself: we count the tries."""
    return ConsumerConfig(
        durable_name=durable,
        filter_subject=subject,
        deliver_policy=DeliverPolicy.ALL,
        ack_wait=ACK_WAIT_S,
        max_deliver=-1,
        max_ack_pending=256,
        num_replicas=replicas if replicas > 1 else None,
    )


def _rejected(message: NatsMessage, event_id: str, error: Exception, tries: int) -> Rejected:
    return Rejected(
        event_id=event_id or f"sequence-{message.raw_message.metadata.sequence.stream}",
        subject=message.raw_message.subject,
        payload=message.body.decode("utf-8", "replace"),
        error=f"{type(error).__name__}: {error}",
        deliveries=tries,
    )


@contextlib.asynccontextmanager
async def _held(message: NatsMessage) -> AsyncIterator[None]:
    """Keep the broker from handing the message to another while it is worked on."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(ACK_WAIT_S / 3)
            with contextlib.suppress(nats.errors.Error, OSError):
                await message.raw_message.in_progress()

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()


async def _whole(message: NatsMessage) -> NatsMessage:
    """Handlers of this module read the message themselves."""
    return message


async def _log_connection_error(error: Exception) -> None:
    log.warning("trouble with the broker", extra={"error": f"{type(error).__name__}: {error}"})
