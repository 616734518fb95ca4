"""How a drill announces itself on the wire: a question for an instance of a type of our own.

It only marks the findings that follow. It silences nothing: whoever sends it is reported.
"""

from __future__ import annotations

DRILL_TYPE = "_whoasks-drill._udp"
"""The instance in front of it is the drill's token: 8 hex digits."""
DRILL_LASTS = 120.0
"""Seconds after the mark in which a host's findings are the drill's."""
