"""What the counts of a capture mean, in words: only those that change what a reader of the
findings should believe.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator

from whoasks.sources import eve, fragments, ip, link, log_lines, pcapng, wifi

_SENTENCES = (
    (ip.CUT, "mDNS packets were cut by the snap length and left out: record with tcpdump -s 0."),
    (fragments.FRAGMENT, "mDNS packets came in IP fragments of which some are missing; left out."),
    (fragments.OVERLAP, "packets in IP fragments that overlap and differ were refused."),
    (pcapng.UNDESCRIBED, "packets name an interface that the file does not describe; left out."),
    (pcapng.UNTIMED, "mDNS packets carry no time (simple packet blocks): windows mean nothing."),
    (pcapng.IMPOSSIBLE_TIME, "mDNS packets carry an impossible time; it was taken as zero."),
    (ip.BAD_IP_LENGTH, "mDNS packets have an IP length that cannot be; what was there was read."),
    (ip.BAD_UDP_LENGTH, "mDNS packets have a UDP length that cannot be; what was there was read."),
    (ip.TOO_SHORT, "packets ended inside their headers, so their ports are unknown."),
    (
        wifi.ENCRYPTED,
        "Wi-Fi frames are encrypted and were left out, whatever is in them: decrypt the capture"
        " (airdecap-ng), or record on an interface that has joined the network.",
    ),
    (wifi.DAMAGED, "Wi-Fi frames were received with errors and left out."),
    (wifi.PART, "Wi-Fi frames are fragments and were left out."),
    (log_lines.UNREADABLE, "lines could not be read and were left out."),
    (log_lines.UNTIMED_LINE, "events have no usable time and were left out."),
    (log_lines.UNWRITABLE, "events hold no question or record that can be read; left out."),
    (log_lines.ANSWERS_ONLY, "rows hold answers without a question, and were left out."),
    (eve.DROPPED_RECORDS, "records are of types that the log does not show whole; left out."),
)


def sentences(name: str, counts: Counter[str], unsupported: Collection[int]) -> Iterator[str]:
    """One for each count that matters; ``unsupported`` are the link types met that are not read."""
    for key, sentence in _SENTENCES:
        if counts[key]:
            yield f"{name}: {counts[key]} {sentence}"
    if counts[link.UNSUPPORTED]:
        types = ", ".join(map(str, sorted(unsupported)))
        yield (
            f"{name}: {counts[link.UNSUPPORTED]} packets have a link type that is not read"
            f" ({types}): record on an Ethernet or Wi-Fi interface in normal mode."
        )
