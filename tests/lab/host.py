"""One host of the lab: a process tree of its own inside its network namespace.

Its first process is the init of a pid namespace, with a private /run (so its own D-Bus and
responder) and a private /etc/avahi. Killing that one process ends everything on the host.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

from tests.lab.hosts import HostSpec
from tests.lab.network import LabError

TOOLS = Path(__file__).parent / "tools"
ROOT = Path(__file__).parent.parent.parent
PATIENCE = 30.0
"""Seconds for a responder to come up; avahi probes for one or two when the machine is idle."""

_INIT = """
mount --make-rprivate / && mount --bind "$2" /etc/avahi && mount -t tmpfs tmpfs /run &&
mkdir -p /run/dbus /run/lock && hostname "$1" && echo up && exec sleep infinity >/dev/null
"""


class LabProcess(subprocess.Popen[str]):
    """A command on a host; signals go to the command itself, not to what brought it there."""

    def send_signal(self, sig: int) -> None:
        target = self._command()
        if target is not None:
            os.kill(target, sig)

    def _command(self) -> int | None:
        """The command's pid out here. It is the only child of the nsenter we started."""
        deadline = time.monotonic() + 2.0
        while self.poll() is None and time.monotonic() < deadline:
            if found := _children(self.pid):
                return found[0]
            time.sleep(0.01)
        return None


class Host:
    """A host that can be started, asked to do things, and stopped."""

    def __init__(self, spec: HostSpec, namespace: str, state: Path) -> None:
        self.spec = spec
        self.namespace = namespace
        self.state = state / spec.name
        self._init: subprocess.Popen[str] | None = None
        self._pid = 0
        self._processes: list[LabProcess] = []
        self._services: list[LabProcess] = []
        self._waits: list[tuple[str, str, int]] = []

    def boot(self) -> None:
        """Start its init; no responder yet."""
        services = self.state / "avahi" / "services"
        services.mkdir(parents=True, exist_ok=True)
        apart = ("--mount", "--uts", "--pid", "--fork", "--kill-child", "--mount-proc")
        script = ("sh", "-c", _INIT, "sh", self.spec.name, str(services.parent))
        with (self.state / "init.log").open("w", encoding="utf-8") as log:
            self._init = subprocess.Popen(
                ["ip", "netns", "exec", self.namespace, "unshare", *apart, *script],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
                start_new_session=True,
            )
        assert self._init.stdout is not None
        if self._init.stdout.readline() != "up\n":
            raise LabError(f"{self.spec.name}: {(self.state / 'init.log').read_text()}")
        self._pid = _children(self._init.pid)[0]
        (self.state / "pid").write_text(f"{self._pid} {namespace_of(self._pid)}")

    def advertise(self) -> None:
        """Start what it runs by itself; ``settle`` waits until that can be heard."""
        spec = self.spec
        if spec.listen:
            self._service("listen", [sys.executable, TOOLS / "listener.py", *map(str, spec.listen)])
        if spec.kind == "avahi":
            self._write_avahi()
            if spec.dbus:
                self._service("dbus", ["dbus-daemon", "--system", "--nofork", "--nopidfile"])
                socket = Path(f"/proc/{self._pid}/root/run/dbus/system_bus_socket")
                self._until(socket.exists, "the D-Bus daemon")
            flags = ["--no-drop-root", "--no-chroot", "--no-rlimits"]
            self._service("avahi", ["avahi-daemon", *flags])
            self._waits.append(("avahi", "Server startup complete", 1))
            filed = sum(not service.by_client for service in spec.services)
            self._waits.append(("avahi", "successfully established", filed))
        elif spec.kind == "zeroconf":
            path = self._write_zeroconf()
            self._service("zeroconf", [sys.executable, TOOLS / "publish.py", path])
            self._waits.append(("zeroconf", "published", 1))

    def settle(self) -> None:
        """Wait until everything it advertises has been probed for and announced."""
        self._wait()
        published = [service for service in self.spec.services if service.by_client]
        for service in published:
            subtypes = [f"--subtype={sub}._sub.{service.type}" for sub in service.subtypes]
            what = [service.name, service.type, str(service.port), *service.txt_items]
            self._service("publish", ["avahi-publish-service", *subtypes, "--", *what])
        if published:
            self._waits.append(("publish", "Established under name", len(published)))
        self._wait()

    def halt(self) -> None:
        """Pull the plug: no goodbyes."""
        if self._init is None:
            return
        if self._init.poll() is None:
            os.kill(self._pid, signal.SIGKILL)
        self._init.wait(PATIENCE)
        assert self._init.stdout is not None
        self._init.stdout.close()
        for process in self._processes:
            process.communicate()
        self._processes.clear()
        self._services.clear()
        self._waits.clear()
        for log in self.state.glob("*.log"):
            log.unlink()
        self._init = None

    def quit(self) -> None:
        """Ask what it runs by itself to end, so that it says goodbye, then halt."""
        for process in self._services:
            process.terminate()
        for process in self._services:
            process.wait(PATIENCE)
        self.halt()

    def popen(self, arguments: Sequence[str | Path], **options: Any) -> LabProcess:
        """Start a command on the host; like ``subprocess.Popen`` with pipes of text."""
        if self._init is None:
            raise LabError(f"{self.spec.name} is not up")
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        words = {"text": True, "encoding": "utf-8", "errors": "surrogateescape"}
        process = LabProcess(
            [*self._enter(), *map(str, arguments)], **{**pipes, **words, **options}
        )
        self._processes = [p for p in self._processes if p.poll() is None]
        self._processes.append(process)
        return process

    def run(
        self, arguments: Sequence[str | Path], timeout: float = PATIENCE, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """Run a command on the host to its end; TimeoutExpired after ``timeout`` seconds."""
        process = self.popen(arguments, **options)
        try:
            out, err = process.communicate(timeout=timeout)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
            raise
        return subprocess.CompletedProcess(list(map(str, arguments)), process.returncode, out, err)

    def _enter(self) -> list[str]:
        return ["nsenter", "-t", str(self._pid), "-n", "-m", "-u", "-p", f"--wd={ROOT}", "--"]

    def _service(self, name: str, arguments: Sequence[str | Path]) -> None:
        with (self.state / f"{name}.log").open("ab") as log:
            process = self.popen(arguments, stdout=log, stderr=log, start_new_session=True)
        self._services.append(process)

    def _wait(self) -> None:
        for name, words, times in self._waits:
            said = partial(self._said, name, words, times)
            self._until(said, f"{words!r} in {name}.log, {times} times")
        self._waits.clear()

    def _said(self, name: str, words: str, times: int) -> bool:
        return (self.state / f"{name}.log").read_text(errors="replace").count(words) >= times

    def _until(self, done: Callable[[], bool], what: str) -> None:
        deadline = time.monotonic() + PATIENCE
        while not done():
            if time.monotonic() > deadline:
                logs = {p.name: p.read_text(errors="replace") for p in self.state.glob("*.log")}
                raise LabError(f"{self.spec.name} waits for {what}: {logs}")
            time.sleep(0.02)

    def _write_zeroconf(self) -> Path:
        spec = self.spec
        services = [
            {"name": s.name, "type": s.type, "port": s.port, "txt": s.txt, "sub": s.subtypes}
            for s in spec.services
        ]
        addresses = [spec.ipv4(), spec.ipv6()]
        host = {"hostname": spec.hostname, "addresses": addresses, "services": services}
        path = self.state / "zeroconf.json"
        path.write_text(json.dumps(host), encoding="utf-8")
        return path

    def _write_avahi(self) -> None:
        spec = self.spec
        folder = self.state / "avahi"
        settings = (
            "[server]",
            f"host-name={spec.hostname}",
            f"enable-dbus={_yes(spec.dbus)}",
            "ratelimit-interval-usec=1000000",
            "ratelimit-burst=1000",
            "[wide-area]",
            "enable-wide-area=no",
            "[publish]",
            f"publish-hinfo={_yes(spec.hinfo)}",
            f"publish-workstation={_yes(spec.workstation)}",
            "[reflector]",
            f"enable-reflector={_yes(len(spec.segments) > 1)}",
            "",
        )
        (folder / "avahi-daemon.conf").write_text("\n".join(settings), encoding="utf-8")
        for number, service in enumerate(spec.services):
            if service.by_client:
                continue
            lines = [
                '<?xml version="1.0" standalone="no"?>',
                '<!DOCTYPE service-group SYSTEM "avahi-service.dtd">',
                f"<service-group><name>{escape(service.name)}</name><service>",
                f"<type>{service.type}</type>",
                *(f"<subtype>{s}._sub.{service.type}</subtype>" for s in service.subtypes),
                f"<port>{service.port}</port>",
                *(f"<txt-record>{escape(item)}</txt-record>" for item in service.txt_items),
                "</service></service-group>",
            ]
            file = folder / "services" / f"{number:02d}.service"
            file.write_text("\n".join(lines), encoding="utf-8")


def namespace_of(pid: int) -> str:
    """Which network namespace a process is in; empty when there is no such process."""
    try:
        return os.readlink(f"/proc/{pid}/ns/net")
    except OSError:
        return ""


def _children(pid: int) -> list[int]:
    try:
        return list(map(int, Path(f"/proc/{pid}/task/{pid}/children").read_text().split()))
    except OSError:
        return []


def _yes(value: bool) -> str:
    return "yes" if value else "no"
