"""What it costs to decode a packet: ours with and without its memo, zeroconf's own, dnslib's."""

from __future__ import annotations

from collections.abc import Callable

import measure
import traffic
from dnslib import DNSRecord
from zeroconf import DNSIncoming

from whoasks.cli import memory
from whoasks.core import wire
from whoasks.core.utterance import Utterance
from whoasks.core.words import Memo


def every(decode: Callable[[bytes], object], payloads: list[bytes]) -> Callable[[], measure.Cost]:
    """Decode each payload, keeping nothing."""

    def work() -> None:
        for payload in payloads:
            decode(payload)

    return lambda: measure.call(work)


def remembered(said: list[tuple[str, bytes]]) -> Callable[[], measure.Cost]:
    """Decode what its host has not said before, as the pipeline does."""

    def work() -> None:
        memo = Memo()
        for host, payload in said:
            if memo.get(host, payload) is None:
                utterance = Utterance(wire.decode(payload), None, len(payload))
                memo.put(host, payload, utterance)

    return lambda: measure.call(work)


def main() -> None:
    given = measure.arguments(__doc__ or "", quick=20_000, full=200_000)
    said = [(host.name, payload) for _, host, _, payload in traffic.packets(given.packets)]
    payloads = [payload for _, payload in said]
    share = 1 - len(set(said)) / len(said)
    # As in `read` and `watch`; for the peers too, since they share the process.
    memory.settle()
    costs = measure.interleaved(
        {
            "whoasks, memo": remembered(said),
            "whoasks, each packet": every(wire.decode, payloads),
            "zeroconf `DNSIncoming`": every(
                lambda payload: DNSIncoming(payload, now=1.0).answers(), payloads
            ),
            "dnslib, each packet": every(DNSRecord.parse, payloads),
        },
        given.runs,
    )
    print(measure.table("Decode", costs, given.packets, base="whoasks, memo"))
    print(f"{share:.0%} of the payloads repeat an earlier one of their host.")


if __name__ == "__main__":
    main()
