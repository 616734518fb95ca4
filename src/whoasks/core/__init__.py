"""The pure core: values in, values out.

Nothing in this package opens a socket or a file, reads a clock, starts a thread or
talks to a database. Time comes with the packet (``Datagram.at``), knowledge and
settings come in as values. ``tests/test_layout.py`` holds this.
"""
