"""``python -m whoasks``."""

from whoasks.cli import run

run()
