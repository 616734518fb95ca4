"""What a recording holds, in the catalogue's words: which rule ought to name it, how strongly,
and which program made it. Facts about labels only; no capture is opened here.

Fixtures say themselves what is expected. Other ground truths describe their technique in a few
words, which are looked up here; the severities are those of the catalogue.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from whoasks.core.model import Severity

ROOT = Path(__file__).resolve().parent.parent.parent

LOW, MEDIUM, HIGH = Severity.LOW, Severity.MEDIUM, Severity.HIGH

_BY_WORDS: tuple[tuple[str, dict[str, Severity]], ...] = (
    # Chains begin with a browse; what is done over TCP later is not mDNS.
    (r"T1021|\bchain\b", {"remote-access-browse": LOW}),
    (r"malformed", {"malformed": LOW}),
    (r"\ball types|meta query \+ types", {"full-enumeration": HIGH, "meta-query": MEDIUM}),
    (r"unicast to one host", {"meta-query": MEDIUM, "unicast-probe": LOW}),
    (r"meta query|meta-query", {"meta-query": MEDIUM}),
    (r"slow sweep", {"slow-sweep": MEDIUM}),
    (r"\d+ types", {"type-sweep": MEDIUM}),
    (r"reverse", {"reverse-sweep": MEDIUM}),
    (r"hostname", {"hostname-guessing": MEDIUM}),
    (r"instances|resolve all", {"instance-sweep": MEDIUM}),
    # One ANY for one type is below the rule's three; the shape of the tool is what is left.
    (r"\bANY\b", {"scanner-shape": LOW}),
    (r"hijack", {"record-hijack": HIGH}),
    (r"goodbye", {"foreign-goodbye": HIGH}),
    (r"impersonat", {"service-impersonation": HIGH}),
    (r"announce", {"announcement-flood": MEDIUM}),
    (r"prob(?:e|ing) storm|conflict", {"probe-storm": LOW}),
    (r"T1557", {"poison-reply": HIGH}),
    (r"T149[89]|quer(?:y|ies)", {"query-flood": MEDIUM}),
    (r"remote|_ssh|one type", {"remote-access-browse": LOW}),
)

_TOOLS = (
    ("avahi-browse", "avahi-browse"),
    ("avahi-resolve", "avahi-resolve"),
    ("dns-sd", "dns-sd"),
    ("zeroconf", "python-zeroconf"),
    ("nmap", "nmap"),
    ("masscan", "masscan"),
    ("bettercap", "bettercap"),
    ("dig", "dig"),
    ("responder", "Responder"),
    ("dementor", "Dementor"),
    ("hashicorp", "hashicorp/mdns"),
    ("mdns-sd", "mdns-sd (Rust)"),
    ("getent", "libnss-mdns"),
)
OWN = "own program"

UNNAMED = "no rule expected"


def expected(truth: Mapping[str, Any]) -> dict[str, Severity]:
    """Rule → severity that the catalogue gives what was done; the fixtures' own word first."""
    if "expected" in truth:
        return {rule: Severity[word.upper()] for rule, word in truth["expected"].items()}
    words = " ".join(str(truth.get(key) or "") for key in ("technique", "kind", "label"))
    for pattern, rules in _BY_WORDS:
        if re.search(pattern, words, re.IGNORECASE):
            return rules
    return {}


def strongest(rules: Mapping[str, Severity]) -> tuple[str, Severity]:
    """The rule a recording is filed under, and its severity. Medium where nothing is expected."""
    if not rules:
        return UNNAMED, MEDIUM
    return max(rules.items(), key=lambda item: item[1])


def tool(truth: Mapping[str, Any]) -> str:
    """The program that acted, without its version."""
    command = truth.get("command") or ""
    words = [command] if isinstance(command, str) else list(command)
    said = str(truth.get("tool") or " ".join(map(str, words)))
    if not truth.get("tool") and _imports_zeroconf(words):
        said = "zeroconf"
    for word, name in _TOOLS:
        if re.search(rf"(?<![\w-]){re.escape(word)}\b|python-{re.escape(word)}", said, re.I):
            return name
    known = re.fullmatch(r"([\w-]+)(?:[/\s][\d.]+)?", str(truth.get("tool") or ""))
    return known[1] if known and known[1] != "home-made" else OWN


def _imports_zeroconf(words: Sequence[str]) -> bool:
    """Whether the command runs a script of ours that stands on python-zeroconf."""
    scripts = [ROOT / word for word in words if str(word).endswith(".py")]
    texts = [script.read_text(encoding="utf-8") for script in scripts if script.is_file()]
    return any(re.search(r"^\s*(?:from|import) zeroconf\b", text, re.M) for text in texts)
