"""What is kept between runs: findings, bursts, services, askers; never a packet.

Importing this package costs nothing: SQLAlchemy is loaded when ``Store`` is first named.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from whoasks.store.errors import StoreError
from whoasks.store.keeper import Keeper
from whoasks.store.retention import Retention

if TYPE_CHECKING:
    from whoasks.store.database import Store

__all__ = ["Keeper", "Retention", "Store", "StoreError"]


def __getattr__(name: str) -> Any:
    if name == "Store":
        from whoasks.store.database import Store  # noqa: PLC0415  (150 ms of SQLAlchemy)

        return Store
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
