"""Tool shapes: every field of a shape, and the table's own rows."""

import pytest
from tests.helpers.traffic import KNOWLEDGE, META, ask, flow, pipeline

import whoasks.core.detect
from whoasks.core.bursts import AskerState, OpenBurst
from whoasks.core.detect.shapes import Shapes, fits, is_group
from whoasks.core.detect.view import Heard
from whoasks.core.identity import HostState
from whoasks.core.knowledge import ToolShape
from whoasks.core.utterance import Utterance
from whoasks.core.wire import decode

SSH = "_ssh._tcp.local"


def heard(by=None, payload=None) -> Heard:
    by = by or flow()
    said = Utterance(decode(payload or ask(SSH)), None, 40)
    host = HostState("it", by, "mac")
    asker = AskerState(1.0, "eth0", (60.0,))
    return Heard(1.0, by, said, said.message, OpenBurst(host, 1.0, 1), asker, set(), KNOWLEDGE)


LEGACY = flow(source_port=40000, ttl=1)
FIELDS = {
    "port mdns": ({"port": "mdns"}, heard(), heard(LEGACY)),
    "port ephemeral": ({"port": "ephemeral"}, heard(LEGACY), heard()),
    "port number": ({"port": "40000"}, heard(LEGACY), heard()),
    "id zero": ({"id": "zero"}, heard(), heard(None, ask(SSH, ident=1))),
    "id nonzero": ({"id": "nonzero"}, heard(None, ask(SSH, ident=1)), heard()),
    "id number": ({"id": "1"}, heard(None, ask(SSH, ident=1)), heard(None, ask(SSH, ident=2))),
    "recursion": ({"recursion": True}, heard(None, ask(SSH, recursion=True)), heard()),
    "ttl": ({"ttl": (1,)}, heard(LEGACY), heard()),
    "ttl unknown fits": ({"ttl": (1,)}, heard(flow(ttl=None)), heard()),
    "QU": ({"unicast_bit": True}, heard(None, ask(SSH, qu=True)), heard()),
    "QM": ({"unicast_bit": False}, heard(), heard(None, ask(SSH, qu=True))),
    "unicast": ({"unicast_destination": True}, heard(flow(destination="10.0.0.9")), heard()),
    "meta": ({"meta_query": True}, heard(None, ask(META)), heard()),
    "name ends": ({"name_ends": ".local.local."}, heard(None, ask(SSH + ".local")), heard()),
    "name is": ({"name_is": ("_ssh._tcp.local.",)}, heard(), heard(None, ask(META))),
    "questions": ({"questions": (2, 3)}, heard(None, ask(SSH, META)), heard()),
    "qtype": ({"qtype": 255}, heard(None, ask(SSH, qtype=255)), heard()),
    "no OPT": ({"edns": False}, heard(), None),
    "no known answers": ({"known_answers": False}, heard(), None),
}


@pytest.mark.parametrize(("stated", "yes", "no"), FIELDS.values(), ids=FIELDS)
def test_field(stated, yes, no):
    shape = ToolShape(name="it", source="test", **stated)
    assert fits(shape, yes)
    assert no is None or not fits(shape, no)


def test_the_surest_that_fits_is_the_guess():
    table = (
        ToolShape(name="a", source="t", confidence=0.4, port="mdns"),
        ToolShape(name="b", source="t", confidence=0.8, port="mdns"),
        ToolShape(name="c", source="t", confidence=0.9, port="ephemeral"),
    )
    assert Shapes(table).guess(heard()).name == "b"
    assert Shapes(()).guess(heard()) is None


def test_an_unknown_client_stays_unknown():
    assert Shapes(KNOWLEDGE.tool_shapes).guess(heard()) is None
    assert pipeline() is not None
    assert whoasks.core.detect.__doc__


@pytest.mark.parametrize(
    ("address", "group"),
    [("224.0.0.251", True), ("239.1.2.3", True), ("10.0.0.1", False), ("ff02::fb", True),
     ("fe80::1", False), ("240.0.0.1", False)],
)  # fmt: skip
def test_group_addresses(address, group):
    assert is_group(address) is group
