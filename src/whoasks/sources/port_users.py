"""Who else on this machine has UDP port 5353, as far as this user may see. Looks, opens nothing.

Linux only: elsewhere, and where /proc is not there, nobody is found.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path

import msgspec

from whoasks.core.model import MDNS_PORT

PROC = Path("/proc")
_TABLES = ("udp", "udp6")
_ANY = {"00000000", "0" * 32}


class PortUser(msgspec.Struct, frozen=True, order=True):
    """One process's sockets on the port; ``name`` and ``pid`` are None where they are hidden."""

    name: str | None
    pid: int | None
    wildcard: bool
    """Whether one is bound to every address: such a socket gets the unicast too."""


def port_users(port: int = MDNS_PORT, proc: Path = PROC) -> list[PortUser]:
    """The processes in this network namespace that have the port, those without a name last."""
    wildcards = _sockets(port, proc)
    if not wildcards:
        return []
    found: dict[int, tuple[str, bool]] = {}
    named: set[str] = set()
    for pid in _pids(proc):
        for inode in _inodes(proc / str(pid)) & wildcards.keys():
            named.add(inode)
            _, wildcard = found.get(pid, ("", False))
            found[pid] = (_name(proc / str(pid)), wildcard or wildcards[inode])
    users = sorted(PortUser(name, pid, wildcard) for pid, (name, wildcard) in found.items())
    hidden = [wildcards[inode] for inode in sorted(wildcards.keys() - named)]
    return users + [PortUser(None, None, wildcard) for wildcard in hidden]


def _sockets(port: int, proc: Path) -> dict[str, bool]:
    """Inode → whether it is bound to every address, of sockets on the port (see proc(5))."""
    ending = f":{port:04X}"
    found: dict[str, bool] = {}
    for table in _TABLES:
        try:
            lines = (proc / "self/net" / table).read_text(encoding="ascii").splitlines()[1:]
        except OSError:  # no such family, or no /proc
            continue
        for line in lines:
            fields = line.split()
            if len(fields) > 9 and fields[1].endswith(ending):
                found[fields[9]] = fields[1].removesuffix(ending) in _ANY
    return found


def _pids(proc: Path) -> list[int]:
    try:
        return [int(entry) for entry in os.listdir(proc) if entry.isdecimal()]
    except OSError:
        return []


def _inodes(process: Path) -> set[str]:
    """The sockets a process has open; none where this user may not look."""
    found: set[str] = set()
    with suppress(OSError):
        for descriptor in os.listdir(process / "fd"):
            with suppress(OSError):  # closed since it was listed
                target = os.readlink(process / "fd" / descriptor)
                if target.startswith("socket:["):
                    found.add(target[8:-1])
    return found


def _name(process: Path) -> str:
    try:
        return (process / "comm").read_text(encoding="utf-8", errors="replace").strip()
    except OSError:  # ended since it was listed
        return "a process that has just ended"
