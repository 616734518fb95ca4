"""Whether there is still a terminal on the other side of what is written."""

from __future__ import annotations

import errno
import termios

OUTPUTS = (1, 2)
"""File descriptors; a watch that only reads from a terminal may outlive it (``disown``)."""


def is_gone() -> bool:
    """Whether the terminal that this writes to was closed; False where it never was one.

    A process that left the terminal's session gets no SIGHUP, and would read nothing for ever.
    """
    for number in OUTPUTS:
        try:
            termios.tcgetattr(number)
        except termios.error as error:
            if error.args[0] == errno.EIO:
                return True
    return False
