"""How well `whoasks read` detects: every labelled capture through it, beside a naive rule.

The command is run from outside, as anybody would run it; nothing here looks into the detectors,
so that a rule that was rewritten is measured by the same yardstick. `python -m bench.detection`
prints the tables, with ``--write`` they go into docs/detection.md.
"""
