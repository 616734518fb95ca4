"""A host answers for a name that is not its own, to one asker alone.

What it sees: a response to a unicast address from port 5353 with a single A or AAAA record,
no question, an ID of zero, the cache-flush bit unset, for a name whose address the sender had
not announced before.

Why it matters: this is how Responder and its like answer whatever a victim looks for, so that
it talks to them. A genuine unicast answer either sets the cache-flush bit, for a unique record
is the sender's own (RFC 6762 §10.2), or it is a legacy reply, which repeats the question and
its ID (§6.7). Names that a host announced without the bit, as some Windows-like hosts do, are
its own.

Benign causes: tiny network stacks that set no bit. It needs a tap that sees unicast: on a
switch only the victim does.
"""

from __future__ import annotations

from whoasks.core.detect.base import Detector, Rule, Said, Signal
from whoasks.core.detect.view import Answered
from whoasks.core.model import AAAA, MDNS_PORT, A, Severity
from whoasks.core.packet import is_group


class PoisonReply(Detector):
    """Looks at single answers by unicast."""

    rule = Rule(
        id="poison-reply",
        title="answered for a name that is not its own",
        severity=Severity.HIGH,
        evidence="claims",
        attack=("T1557.001",),
        benign=("a tiny network stack",),
        references=("RFC 6762 §6.7, §10.2", "ATT&CK T1557.001"),
        forged=True,
        needs_unicast=True,
        roles=("reflector",),
    )

    def on_answer(self, answered: Answered) -> Said:
        """See the class."""
        message, flow = answered.message, answered.flow
        if (
            message.counts[:2] != (0, 1)
            or message.id
            or flow.source_port != MDNS_PORT
            or not message.answers
            or is_group(flow.destination)
        ):
            return
        record = message.answers[0]
        if (
            record.rtype not in (A, AAAA)
            or record.cache_flush
            or not record.ttl
            or answered.is_own(record.name, record.rtype)
        ):
            return
        yield Signal(
            f"answered {flow.destination} alone that {record.name} is at {record.data!s}, a name "
            "it never announced, in the form of a poisoner",
            {"name": record.name, "address": record.data, "ttl": record.ttl},
            {},
            (record.name,),
        )
