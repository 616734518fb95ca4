"""Run a CaptureSource, print what it says as listen.py does: capture.py [OPTION] [INTERFACE]...

With ``--count`` datagrams are counted, not printed. The last line has the processor's seconds too.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import time
from typing import Any

import msgspec

from whoasks.core.model import Datagram
from whoasks.sources.capture_sockets import CaptureSockets
from whoasks.sources.packet_capture import CaptureSource


def say(**line: Any) -> None:
    print(json.dumps(line), flush=True)


def show(batch: list[Datagram]) -> None:
    for datagram in batch:
        flow = msgspec.to_builtins(datagram.flow)
        say(datagram={**flow, "at": datagram.at, "payload": datagram.payload.hex()})


def count(batch: list[Datagram]) -> None:
    """The source counts by itself."""


async def main(names: list[str], **options: Any) -> None:
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    on_batch = count if options.pop("count") else show
    options["on_change"] = lambda note: say(note=note)
    async with CaptureSource(names, on_batch, sockets=CaptureSockets(), **options) as source:
        say(ready=[interface.name for interface in source.interfaces])
        before = time.process_time()
        await stopped.wait()
        cpu = time.process_time() - before
    follow_ups = [msgspec.to_builtins(each) for each in source.follow_ups]
    say(counts=source.counts, cpu=cpu, own=sorted(source.own_addresses), follow_ups=follow_ups)


if __name__ == "__main__":
    parser = argparse.ArgumentParser()
    parser.add_argument("names", nargs="*")
    parser.add_argument("--count", action="store_true")
    parser.add_argument("--promiscuous", action="store_true")
    parser.add_argument("--follow-ups", action="store_true")
    asyncio.run(main(**vars(parser.parse_args())))
