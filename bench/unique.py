"""As ``read.py``, of payloads that are all new: nothing that is remembered helps."""

from __future__ import annotations

import read

if __name__ == "__main__":
    read.compare("Read a capture of new payloads", 1.0, {read.TSHARK: 1.5}, __doc__ or "")
