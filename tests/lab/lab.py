"""A network of namespaces with real responders, for tests: ``with Lab("small.json") as lab: ...``

Needs root and Debian's tools (``missing``). Nothing in it touches the machine's own network. What
a crashed run left behind is removed by the next one.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Any

from tests.lab import network
from tests.lab.host import PATIENCE, Host, LabProcess, namespace_of
from tests.lab.hosts import CONF, Advertised, HostSpec, load
from tests.lab.network import LabError

WHOASKS = (sys.executable, "-m", "whoasks")
"""The program under test, as a command."""

PACKAGE_OF = {
    "avahi-browse": "avahi-utils",
    "avahi-daemon": "avahi-daemon",
    "dbus-daemon": "dbus",
    "dig": "bind9-dnsutils",
    "ip": "iproute2",
    "nmap": "nmap",
    "nsenter": "util-linux",
    "sysctl": "procps",
    "tcpdump": "tcpdump",
}
"""The tools a lab needs, and where Debian has them."""

_STATE = Path(tempfile.gettempdir()) / "whoasks-lab"
_numbers = itertools.count(1)


class Lab:
    """The hosts of one JSON file (in ``conf``), up between ``__enter__`` and ``__exit__``."""

    def __init__(self, conf: str = "small.json") -> None:
        self.specs = load(CONF / conf)
        self.prefix = f"wa{os.getpid()}x{next(_numbers)}-"
        self.state = _STATE / self.prefix
        self.hosts = {
            name: Host(spec, f"{self.prefix}{name}", self.state)
            for name, spec in self.specs.items()
        }

    def __enter__(self) -> Lab:
        sweep()
        self.state.mkdir(parents=True, mode=0o700)
        try:
            network.build(self.prefix, self.specs.values())
            self.start(*(name for name, spec in self.specs.items() if spec.auto))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Kill every host, delete every namespace; goes on when one of them refuses."""
        for host in self.hosts.values():
            with suppress(OSError, subprocess.SubprocessError):
                host.halt()
        network.remove(self.prefix)
        shutil.rmtree(self.state, ignore_errors=True)

    def start(self, *names: str) -> None:
        """Start these hosts side by side, and wait until all they advertise can be heard."""
        for name in names:
            self.hosts[name].boot()
        for name in names:
            self.hosts[name].advertise()
        for name in names:
            self.hosts[name].settle()

    def stop(self, name: str, *, goodbye: bool = False) -> None:
        """Stop a host: as if its plug were pulled, or with the goodbyes of a proper end."""
        host = self.hosts[name]
        host.quit() if goodbye else host.halt()

    def run(
        self, host: str, command: Sequence[str | Path], timeout: float = PATIENCE, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on a host to its end. Its output is text, undecodable bytes escaped."""
        return self.hosts[host].run(command, timeout, **options)

    def popen(self, host: str, command: Sequence[str | Path], **options: Any) -> LabProcess:
        """Start a command on a host; ``send_signal`` reaches the command itself."""
        return self.hosts[host].popen(command, **options)

    def spec(self, host: str) -> HostSpec:
        """A host's addresses, MAC and services."""
        return self.specs[host]

    @property
    def advertised(self) -> list[Advertised]:
        """Every service instance of the hosts that start with the lab."""
        return [item for spec in self.specs.values() if spec.auto for item in spec.advertised]

    @contextmanager
    def capture(self, host: str, path: Path, *filters: str, device: str = "eth0") -> Iterator[None]:
        """Record what passes a host's interface into ``path`` (pcap), from its first packet on.

        ``filters`` are tcpdump's: ``"udp"``, ``"port 5353"``; ``"-Qout"`` for what the host sends.
        """
        flags = ("--immediate-mode", "-U", "-n", "-Z", "root", "-i", device, "-w", path)
        process = self.popen(host, ["tcpdump", *flags, *filters])
        assert process.stderr is not None
        for line in process.stderr:
            if "listening on" in line:
                break
        else:
            raise LabError(f"tcpdump on {host} ended with {process.wait()}")
        try:
            yield
        finally:
            process.send_signal(signal.SIGINT)
            process.communicate(timeout=PATIENCE)


def packets(path: Path) -> list[str]:
    """A capture's packets, one line each, in tcpdump's words."""
    command = ["tcpdump", "-n", "-t", "-r", str(path)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return done.stdout.splitlines()


def missing() -> list[str]:
    """What this machine lacks for a lab, in words; empty when it can have one."""
    if sys.platform != "linux":
        return ["Linux"]
    if os.geteuid() != 0:
        return ["root"]
    lacking = [
        f"{tool} (Debian package {package})"
        for tool, package in PACKAGE_OF.items()
        if shutil.which(tool) is None
    ]
    return lacking or _no_namespaces()


def sweep() -> None:
    """Remove the labs of runs that are no longer there."""
    for state in _STATE.glob("wa*-"):
        owner = state.name.removeprefix("wa").partition("x")[0]
        if Path("/proc", owner).exists():
            continue
        for file in state.glob("*/pid"):
            pid, _, namespace = file.read_text().partition(" ")
            # A pid may belong to somebody else by now; a namespace's number does not.
            while namespace and namespace_of(int(pid)) == namespace:
                with suppress(ProcessLookupError):
                    os.kill(int(pid), signal.SIGKILL)
                time.sleep(0.01)
        network.remove(state.name)
        shutil.rmtree(state, ignore_errors=True)


def _no_namespaces() -> list[str]:
    name = f"wa{os.getpid()}x0-try"
    try:
        network.command("ip", "netns", "add", name)
    except LabError as error:
        return [f"network namespaces ({error})"]
    network.remove(name)
    return []
