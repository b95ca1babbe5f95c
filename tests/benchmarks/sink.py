"""A relay on loopback in a process of its own, that says 250 to whatever comes and counts it.

    python -m tests.benchmarks.sink PORT

It reads as little as it can, so that what is measured is the sender. `XCOUNT` tells how many mails came, and how many
of them under a Message-ID seen before.
"""

import asyncio
import re
import sys

END = b"\r\n.\r\n"
MESSAGE_ID = re.compile(rb"^Message-ID: <([^>]+)>", re.MULTILINE | re.IGNORECASE)


class Seen:
    """What came, over all connections."""

    def __init__(self) -> None:
        self.mails = 0
        self.copies = 0
        self.bytes = 0
        self.ids: set[bytes] = set()

    def take(self, mail: bytes) -> None:
        self.mails += 1
        self.bytes += len(mail)
        found = MESSAGE_ID.search(mail[:4000])
        name = found[1] if found else b""
        self.copies += name in self.ids
        self.ids.add(name)


class Relay(asyncio.Protocol):
    """One connection."""

    def __init__(self, seen: Seen) -> None:
        self.seen = seen
        self.waiting = bytearray()
        self.in_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(b"220 sink.example\r\n")

    def data_received(self, received: bytes) -> None:
        start = max(0, len(self.waiting) - len(END))
        self.waiting += received
        if self.in_mail:
            end = self.waiting.find(END, start)
            if end < 0:
                return
            self.seen.take(bytes(self.waiting[:end]))
            del self.waiting[: end + len(END)]
            self.in_mail = False
            self.transport.write(b"250 taken\r\n")
        while not self.in_mail and (end := self.waiting.find(b"\r\n")) >= 0:
            line = bytes(self.waiting[:end])
            del self.waiting[: end + 2]
            self._obey(line)

    def _obey(self, line: bytes) -> None:
        verb = line[:4].upper()
        if verb == b"DATA":
            self.in_mail = True
            self.transport.write(b"354 go on\r\n")
        elif verb == b"XCOU":
            seen = self.seen
            self.transport.write(f"250 {seen.mails} {seen.copies} {seen.bytes}\r\n".encode())
        elif verb == b"QUIT":
            self.transport.write(b"221 bye\r\n")
            self.transport.close()
        else:
            self.transport.write(b"250 ok\r\n")


async def serve(port: int) -> None:
    seen = Seen()
    server = await asyncio.get_running_loop().create_server(lambda: Relay(seen), "127.0.0.1", port)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1])))
