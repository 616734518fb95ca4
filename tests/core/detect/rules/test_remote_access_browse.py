"""``remote-access-browse``: rare types at once, common ones outside bundles and habit."""

import pytest
from tests.helpers.traffic import ask, fired, flow, probe

COMMON = ["_smb._tcp.local", "_rfb._tcp.local", "_nfs._tcp.local", "_ftp._tcp.local"]
FINDER = ["_afpovertcp._tcp.local", "_smb._tcp.local", "_rfb._tcp.local", "_adisk._tcp.local"]
FIRES = {
    "ssh": [(1.0, flow(), ask("_ssh._tcp.local"))],
    "rdp, ANY": [(1.0, flow(), ask("_rdp._tcp.local", qtype=255))],
    "three common, one a packet": [(1.0, flow(), ask(name)) for name in COMMON[:3]],
    "three common in a small packet": [(1.0, flow(), ask(*COMMON[:3]))],
}
QUIET = {
    "printing": [(1.0, flow(), ask("_ipp._tcp.local"))],
    "two common": [(1.0, flow(), ask(name)) for name in COMMON[:2]],
    "a bundle": [(1.0, flow(), ask(*COMMON, "_ipp._tcp.local"))],
    "its habit": [
        (1.0, flow(), ask(*COMMON[:2])),
        (100.0, flow(), ask(*COMMON[1:3])),
        (200.0, flow(), ask(COMMON[3])),
    ],
    "advertising ssh": [(1.0, flow(), probe("_ssh._tcp.local"))],
    "resolving one instance": [(1.0, flow(), ask("pi._ssh._tcp.local", qtype=33))],
}


@pytest.mark.parametrize("said", FIRES.values(), ids=FIRES)
def test_fires(said):
    assert fired(said)["remote-access-browse"] == "low"


@pytest.mark.parametrize("said", QUIET.values(), ids=QUIET)
def test_stays_quiet(said):
    assert "remote-access-browse" not in fired(said)
