"""Asking the network: what to ask (``plan``), as bytes (``packets``), out and in (``session``).

Imported by ``list`` and ``live`` only; everything else in the program just listens.
"""
