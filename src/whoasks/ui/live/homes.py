"""Which services without a host belong to which host: the one that has that label too. Pure.

``_device-info`` has only a TXT record, which tells best what a Mac is (``device_groups`` has
the same law for a whole list; here services come and go one by one).
"""

from __future__ import annotations

from collections import Counter

from whoasks.core.device_groups import label
from whoasks.core.model import Service


class Homes:
    """Labels of services, by host, and the services that are nowhere."""

    def __init__(self) -> None:
        self._hosts: dict[str, Counter[str]] = {}
        """Label → how many services of each host bear it."""
        self._lost: dict[str, dict[str, Service]] = {}

    def add(self, key: str, service: Service, host: str | None) -> None:
        """A service that was not there."""
        word = label(service)
        if host is None:
            self._lost.setdefault(word, {})[key] = service
        else:
            self._hosts.setdefault(word, Counter())[host] += 1

    def remove(self, key: str, service: Service, host: str | None) -> None:
        """A service that was added."""
        word = label(service)
        if host is None:
            lost = self._lost.get(word, {})
            lost.pop(key, None)
            if not lost:
                self._lost.pop(word, None)
            return
        hosts = self._hosts[word]
        hosts[host] -= 1
        if not hosts[host]:
            del hosts[host]
        if not hosts:
            del self._hosts[word]

    def of(self, service: Service) -> str | None:
        """The only host that has a service of that label."""
        hosts = self._hosts.get(label(service))
        return next(iter(hosts)) if hosts is not None and len(hosts) == 1 else None

    def guests(self, host: str, service: Service) -> list[Service]:
        """Services without a host that have the label of this one, which that host has alone."""
        if not self._lost or self.of(service) != host:
            return []
        return list(self._lost.get(label(service), {}).values())
