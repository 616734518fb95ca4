"""whoasks lists what your network offers over mDNS, and hears who is asking."""

__version__ = "0.1.0"
