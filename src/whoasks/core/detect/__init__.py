"""Detection: what the questions of one asker say about it. Values in, signals out."""
