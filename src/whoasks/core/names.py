"""DNS-SD names: what a name is, taken apart and put together. No I/O, no state but a memo.

Names are held in *presentation form*: labels joined by dots, with a dot or backslash
inside a label escaped (``\\.``, ``\\\\``; RFC 1035 §5.1, RFC 6763 §4.3) and bytes that are
not UTF-8 as ``\\DDD``. Control characters stay as they are: a name is lossless here,
and ``whoasks.text`` makes it safe to show. Names carry their final dot.
"""
