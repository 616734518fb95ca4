"""What it costs to decode a packet: ours with and without its memo, zeroconf's own, dnslib's."""

from __future__ import annotations

from collections.abc import Callable

import measure
import traffic
from dnslib import DNSRecord
from zeroconf import DNSIncoming

from whoasks.core import wire


def every(decode: Callable[[bytes], object], payloads: list[bytes]) -> Callable[[], measure.Cost]:
    """Decode each payload, keeping nothing."""

    def work() -> None:
        for payload in payloads:
            decode(payload)

    return lambda: measure.call(work)


def remembered(payloads: list[bytes]) -> Callable[[], measure.Cost]:
    """Decode what was not seen before, as the pipeline does."""

    def work() -> None:
        memo: dict[bytes, object] = {}
        for payload in payloads:
            if payload not in memo:
                memo[payload] = wire.decode(payload)

    return lambda: measure.call(work)


def main() -> None:
    given = measure.arguments(__doc__ or "", quick=20_000, full=200_000)
    payloads = traffic.payloads(given.packets)
    share = 1 - len(set(payloads)) / len(payloads)
    costs = measure.interleaved(
        {
            "whoasks, memo": remembered(payloads),
            "whoasks, each packet": every(wire.decode, payloads),
            "zeroconf `DNSIncoming`": every(
                lambda payload: DNSIncoming(payload, now=1.0).answers(), payloads
            ),
            "dnslib, each packet": every(DNSRecord.parse, payloads),
        },
        given.runs,
    )
    print(measure.table("Decode", costs, given.packets, base="whoasks, memo"))
    print(f"{share:.0%} of the payloads repeat an earlier one.")


if __name__ == "__main__":
    main()
