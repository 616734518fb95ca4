"""The catalogue, in running order: strong claims about types first, then names, then what lifts.

Adding a rule: a file here, its class in ``ALL``, its table test, the generated page.
"""

from whoasks.core.detect.base import Detector
from whoasks.core.detect.rules.announcement_flood import AnnouncementFlood
from whoasks.core.detect.rules.any_query import AnyQuery
from whoasks.core.detect.rules.distributed_sweep import DistributedSweep
from whoasks.core.detect.rules.foreign_goodbye import ForeignGoodbye
from whoasks.core.detect.rules.full_enumeration import FullEnumeration
from whoasks.core.detect.rules.hostname_guessing import HostnameGuessing
from whoasks.core.detect.rules.instance_sweep import InstanceSweep
from whoasks.core.detect.rules.malformed import Malformed
from whoasks.core.detect.rules.many_names import ManyNames
from whoasks.core.detect.rules.meta_query import MetaQuery
from whoasks.core.detect.rules.name_conflict import NameConflict
from whoasks.core.detect.rules.new_asker import NewAsker
from whoasks.core.detect.rules.poison_reply import PoisonReply
from whoasks.core.detect.rules.probe_storm import ProbeStorm
from whoasks.core.detect.rules.query_flood import QueryFlood
from whoasks.core.detect.rules.record_hijack import RecordHijack
from whoasks.core.detect.rules.remote_access_browse import RemoteAccessBrowse
from whoasks.core.detect.rules.reverse_sweep import ReverseSweep
from whoasks.core.detect.rules.scanner_shape import ScannerShape
from whoasks.core.detect.rules.service_impersonation import ServiceImpersonation
from whoasks.core.detect.rules.slow_sweep import SlowSweep
from whoasks.core.detect.rules.type_sweep import TypeSweep
from whoasks.core.detect.rules.unicast_probe import UnicastProbe

ALL: tuple[type[Detector], ...] = (
    MetaQuery,
    FullEnumeration,
    TypeSweep,
    SlowSweep,
    DistributedSweep,
    InstanceSweep,
    ReverseSweep,
    HostnameGuessing,
    AnyQuery,
    QueryFlood,
    RemoteAccessBrowse,
    UnicastProbe,
    ScannerShape,
    NewAsker,
    PoisonReply,
    ManyNames,
    RecordHijack,
    NameConflict,
    ServiceImpersonation,
    ForeignGoodbye,
    AnnouncementFlood,
    ProbeStorm,
    Malformed,
)
