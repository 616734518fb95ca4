"""``service-impersonation``: what fires, what stays quiet, the edge of each."""

import pytest
from tests.helpers.traffic import accused, announce, ask, details, fired, flow, probe, service

INSTANCE = "tv._airplay._tcp"
OWNER, THIEF = flow(40), flow(66)
OWNED = [
    (1.0, OWNER, announce("tv", "_airplay._tcp", "tv", 40)),
    (1.1, OWNER, details(INSTANCE, "deviceid=02:AA:BB:CC:DD:EE", "model=Old")),
]
ALIVE = (32.0, OWNER, ask("_x._tcp.local"))
GONE = announce("tv", "_airplay._tcp", "tv", 40, ttl=0)

FIRES = {
    "another port": [(30.0, THIEF, service(INSTANCE, "tv", 4444)), ALIVE],
    "other details": [(30.0, THIEF, details(INSTANCE, "deviceid=02:00", "model=New")), ALIVE],
    "goodbye in its name, then elsewhere": [
        (29.0, OWNER, GONE),
        (30.0, THIEF, service(INSTANCE, "evil", 4444)),
        (31.0, OWNER, OWNED[0][2]),
    ],
    "its device id under another name": [
        (30.0, THIEF, details("my-tv._airplay._tcp", "deviceid=02:AA:BB:CC:DD:EE")),
        ALIVE,
    ],
}
QUIET = {
    "it probed": [
        (29.0, THIEF, probe(f"{INSTANCE}.local")),
        (30.0, THIEF, details(INSTANCE, "model=New")),
        ALIVE,
    ],
    "the same details, relayed": [(30.0, THIEF, OWNED[1][2]), ALIVE],
    "replaced: the old one is silent": [(30.0, THIEF, details(INSTANCE, "model=New"))],
    "the owner changes its details": [(30.0, OWNER, details(INSTANCE, "model=New")), ALIVE],
    "asked for": [
        (29.9, flow(50), ask(f"{INSTANCE}.local", qtype=16)),
        (30.0, THIEF, details(INSTANCE, "model=New")),
        ALIVE,
    ],
    "a short id that makers count": [
        (2.0, OWNER, details(INSTANCE, "id=1")),
        (30.0, THIEF, details("my-tv._airplay._tcp", "id=1")),
        ALIVE,
    ],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    found = accused(OWNED + said)
    assert found["service-impersonation", "00:42"] == "high"
    assert ("service-impersonation", "00:28") not in found


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "service-impersonation" not in fired(OWNED + said)


def test_without_macs_it_is_info():
    bare = {"mac": None, "mac_source": None}
    said = [
        (at, flow(40 if by is OWNER else 66, **bare), payload)
        for at, by, payload in OWNED + FIRES["another port"]
    ]
    assert fired(said)["service-impersonation"] == "info"
