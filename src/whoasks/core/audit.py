"""Services → what each host gives away, and a grade for it. Nothing is asked, nothing is tried:
an audit knows what was announced and no more, and says so in its words."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Iterable, Sequence

import msgspec

from whoasks.core.auditing.base import AuditedHost, Check, Hit
from whoasks.core.auditing.checks import ALL
from whoasks.core.auditing.hosts import hosts_of
from whoasks.core.auditing.results import AuditOf, Exposure, Grade
from whoasks.core.model import Service, Severity
from whoasks.core.names import normal

_NAMED = 16
"""Services named with one exposure; a host may announce as many as it likes."""
_A_HOST = 500
"""Exposures of one host: what is beyond is counted, worst kept."""


def audit(services: Iterable[Service], *, skip: Collection[str] = ()) -> list[AuditOf]:
    """Every host that announces something, worst grade first. ``skip``: ids of checks."""
    checks = [check for check in ALL if check.id not in skip]
    audited = [_host(host, checks) for host in hosts_of(services)]
    # The sort is stable: hosts of one grade and weight stay in the order of their names.
    return sorted(audited, key=lambda one: _weight(one.grade), reverse=True)


def _weight(grade: Grade) -> tuple[str, int, int, int]:
    return grade.grade, grade.high, grade.medium, grade.low


def letter(high: int, medium: int, low: int) -> str:
    """A: nothing above info. B: low only. C: one medium. D: several. E: one high. F: several."""
    if high:
        return "F" if high > 1 else "E"
    if medium:
        return "D" if medium > 1 else "C"
    return "B" if low else "A"


def _host(host: AuditedHost, checks: Sequence[Check]) -> AuditOf:
    found = [_Found(check, hit) for check in checks for hit in _joined(check, host)]
    found.sort(key=lambda one: -one.severity)
    counts = Counter(one.severity for one in found)
    high, medium, low = (counts[each] for each in (Severity.HIGH, Severity.MEDIUM, Severity.LOW))
    grade = Grade(
        grade=letter(high, medium, low),
        hostname=host.hostname,
        addresses=host.addresses,
        kind=host.kind,
        reason=_reason(found),
        high=high,
        medium=medium,
        low=low,
        info=counts[Severity.INFO],
        services=len(host.services),
        checks=tuple(dict.fromkeys(one.check.id for one in found)),
        dropped=max(0, len(found) - _A_HOST),
    )
    return AuditOf(grade, tuple(_exposure(one, host, grade) for one in found[:_A_HOST]))


class _Found(msgspec.Struct, frozen=True):
    """A hit beside the check that made it."""

    check: Check
    hit: Hit

    @property
    def severity(self) -> Severity:
        return self.check.severity if self.hit.severity is None else self.hit.severity


def _joined(check: Check, host: AuditedHost) -> list[Hit]:
    """The check's hits; what several services give away alike is one exposure."""
    hits: dict[str, Hit] = {}
    for hit in check.find(host):
        key = normal(hit.subject)
        old = hits.get(key)
        if old is None:
            hits[key] = hit
        else:
            hits[key] = msgspec.structs.replace(old, services=(*old.services, *hit.services))
    return list(hits.values())


def _reason(found: Sequence[_Found]) -> str:
    """Why the grade is what it is: what weighs most, counted."""
    if not found or found[0].severity is Severity.INFO:
        return "nothing that needs mending"
    worst = found[0].severity
    titles = Counter(one.check.title for one in found if one.severity is worst)
    told = [title if count == 1 else f"{title} ({count})" for title, count in titles.items()]
    return f"{worst.label}: {', '.join(told)}"


def _exposure(found: _Found, host: AuditedHost, grade: Grade) -> Exposure:
    check, hit = found.check, found.hit
    name = host.hostname or next(iter(host.addresses), "")
    key = "\0".join((check.id, normal(name), normal(hit.subject)))
    seen = hit.services or host.services
    return Exposure(
        id=hashlib.sha256(key.encode("utf-8", "backslashreplace")).hexdigest()[:16],
        check=check.id,
        severity=found.severity,
        title=check.title,
        grade=grade.grade,
        hostname=host.hostname,
        addresses=host.addresses,
        kind=host.kind,
        subject=hit.subject,
        says=f"It {hit.says}.",
        reason=check.why,
        remedy=check.remedy,
        references=check.references,
        attack=check.attack,
        services=tuple(dict.fromkeys(f"{s.instance}.{s.type}" for s in hit.services))[:_NAMED],
        ports=tuple(sorted({s.port for s in hit.services if s.port is not None})),
        last_seen=max(service.last_seen for service in seen),
    )
