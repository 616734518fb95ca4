"""The configuration: a YAML file becomes frozen settings, or every problem in it at once.

Nothing is guessed or ignored: an unknown key, an unknown rule and a threshold that could
never be reached are errors, each with its path and what would be right.
"""

from __future__ import annotations

from whoasks.config.loading import Settings, load
from whoasks.config.places import default_database, find
from whoasks.config.problems import ConfigError
from whoasks.config.rendering import render, template

__all__ = ["ConfigError", "Settings", "default_database", "find", "load", "render", "template"]
