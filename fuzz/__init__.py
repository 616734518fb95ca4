"""Hostile input by the million: targets, seeds from our recordings, two engines (docs/fuzzing.md).

Nothing here is shipped. What is found becomes a row of a table test, beside the code it is about.
"""
