"""How many packets the multicast source loses when a neighbour floods the group.

    sudo .venv/bin/python -m bench.multicast_drain [PACKETS A SECOND]... [--seconds N]

Two network namespaces, one cable: small queries from one, a MulticastSource with a callback that
only counts in the other. "kernel drops" is what the source itself says it lost; "unaccounted" is
what was sent and neither came nor was said to be lost, and ought to be 0.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import signal
import socket
import sys
import tempfile
import time

from tests.lab.lab import Lab

from whoasks.sources.multicast import MulticastSource

ITSELF = (sys.executable, "-m", "bench.multicast_drain")

QUERY = bytes.fromhex("000000000001000000000000055f68747470045f746370056c6f63616c00000c0001")
HOSTS = {"talks": {"ip": 11, "kind": "bare"}, "hears": {"ip": 12, "kind": "bare"}}


def send(rate: int, seconds: float) -> None:
    """Send at that rate, a thousandth of a second's worth at a time; print how many."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as sock:
        sock.bind(("", 5353))
        sock.connect(("224.0.0.251", 5353))
        started = time.perf_counter()
        sent = 0
        while (passed := time.perf_counter() - started) < seconds:
            for _ in range(int(passed * rate) - sent):
                sock.send(QUERY)
                sent += 1
            time.sleep(0.001)
    print(sent)


async def hear() -> None:
    """Count until SIGTERM; print the counts and the processor time taken."""
    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    batches = 0

    def count(_: object) -> None:
        nonlocal batches
        batches += 1

    source = MulticastSource([], count)
    async with source:
        print("ready", flush=True)
        before = time.process_time()
        await stopped.wait()
    cpu = time.process_time() - before
    print(json.dumps({**source.counts, "batches": batches, "cpu": cpu}))


def measure(rates: list[int], seconds: float) -> None:
    columns = ("wanted/s", "sent", "received", "kernel drops", "unaccounted", "µs/packet")
    print("".join(f"{column:>14}" for column in columns))
    with tempfile.NamedTemporaryFile("w", suffix=".json") as conf:
        json.dump(HOSTS, conf)
        conf.flush()
        with Lab(conf.name) as lab:
            for rate in rates:
                hearing = lab.popen("hears", [*ITSELF, "--hear"])
                assert hearing.stdout is not None
                hearing.stdout.readline()
                command = [*ITSELF, "--send", str(rate), str(seconds)]
                sent = int(lab.run("talks", command, timeout=seconds + 30).stdout)
                time.sleep(0.5)
                hearing.terminate()
                got = json.loads(hearing.communicate(timeout=10)[0])
                lost = sent - got["received"] - got["kernel_drops"]
                figures = (rate, sent, got["received"], got["kernel_drops"], lost)
                each = got["cpu"] / max(got["received"], 1) * 1e6
                print("".join(f"{figure:>14,}" for figure in figures) + f"{each:>14.1f}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rates", nargs="*", type=int, default=[5_000, 50_000, 100_000])
    parser.add_argument("--seconds", type=float, default=4.0)
    parser.add_argument("--hear", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--send", nargs=2, type=float, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.hear:
        asyncio.run(hear())
    elif arguments.send:
        send(int(arguments.send[0]), arguments.send[1])
    else:
        measure(arguments.rates, arguments.seconds)


if __name__ == "__main__":
    main()
