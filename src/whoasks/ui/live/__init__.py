"""The full-screen browser: view-models that are plain values, and an app that only draws them.

``table`` and the modules that fill it know neither textual nor a clock; ``grid``, ``dialogs``
and ``app`` draw. What touches the world outside (files, browsers, the network) is handed in.
"""
