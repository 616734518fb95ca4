"""What is wrong with bytes that are no mDNS message. Values only."""

from __future__ import annotations

import enum

from whoasks.core.model import Message


class Reason(enum.StrEnum):
    """Why a payload is no message."""

    TRUNCATED = "truncated"
    TOO_LONG = "too long"
    COUNTS_LIE = "counts lie"
    POINTER_LOOP = "pointer loop"
    POINTER_BEYOND = "pointer beyond the end"
    NAME_TOO_LONG = "name too long"
    BAD_LABEL = "bad label"
    BAD_RECORD = "bad record"
    CORRUPT = "corrupt"


class MalformedMessage(Exception):  # noqa: N818 - a word of the field; it is an input, not an error
    """A payload that is not a DNS message.

    ``partial`` holds the questions when they could be read and only what follows is bad:
    responders answer such a query, so that garbage behind it must not hide it.
    """

    def __init__(self, reason: Reason, detail: str, partial: Message | None = None) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail
        self.partial = partial
