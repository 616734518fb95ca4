"""The catalogue, in running order: strong claims about types first, lifting shapes last.

Adding a rule: a file here, its class in ``ALL``, its table test, the generated page.
"""

from whoasks.core.detect.base import Detector
from whoasks.core.detect.rules.any_query import AnyQuery
from whoasks.core.detect.rules.full_enumeration import FullEnumeration
from whoasks.core.detect.rules.instance_sweep import InstanceSweep
from whoasks.core.detect.rules.meta_query import MetaQuery
from whoasks.core.detect.rules.poison_reply import PoisonReply
from whoasks.core.detect.rules.query_flood import QueryFlood
from whoasks.core.detect.rules.remote_access_browse import RemoteAccessBrowse
from whoasks.core.detect.rules.reverse_sweep import ReverseSweep
from whoasks.core.detect.rules.scanner_shape import ScannerShape
from whoasks.core.detect.rules.slow_sweep import SlowSweep
from whoasks.core.detect.rules.type_sweep import TypeSweep

ALL: tuple[type[Detector], ...] = (
    MetaQuery,
    FullEnumeration,
    TypeSweep,
    SlowSweep,
    InstanceSweep,
    ReverseSweep,
    AnyQuery,
    QueryFlood,
    PoisonReply,
    RemoteAccessBrowse,
    ScannerShape,
)
