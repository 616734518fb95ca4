"""Run a MulticastSource and print what it says, one JSON line each: listen.py [INTERFACE]...

``{"ready": [...]}`` first, then ``{"datagram": {...}}`` and ``{"note": "..."}`` as they come; on
SIGTERM ``{"counts": {...}}`` and the end.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from typing import Any

import msgspec

from whoasks.core.model import Datagram
from whoasks.sources.multicast import MulticastSource


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def on_batch(batch: list[Datagram]) -> None:
    for datagram in batch:
        flow = msgspec.to_builtins(datagram.flow)
        say(datagram={**flow, "at": datagram.at, "payload": datagram.payload.hex()})


async def main(names: list[str]) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    async with MulticastSource(names, on_batch, on_change=lambda note: say(note=note)) as source:
        say(ready=[interface.name for interface in source.interfaces])
        await stopped.wait()
    say(counts=source.counts, own=sorted(source.own_addresses))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1:]))
