"""Names of people out of names of things: ``Anna's MacBook``, ``MacBook von Anna``, ``太郎のiPad``.

These are the patterns by which systems name a new device after its owner, in the languages that
they speak. A pattern needs a word for a device beside the name; a name alone is nobody's. What is
found may still be no person (``Reception's iPad``): whoever reports it says ``seems``.
"""

from __future__ import annotations

import re
from functools import lru_cache

_MOST = 255
"""Characters looked at; a DNS label has 63 bytes. Names from files may be any length."""

_PERSONAL = (
    r"mac[ -]?book(?:[ -]?(?:pro|air|neo))?|mac[ -]?mini|mac[ -]?studio|mac[ -]?pro|"
    r"imac(?:[ -]pro)?|mac|i[ -]?phone|i[ -]?pad(?:[ -](?:pro|air|mini))?|ipod(?:[ -]touch)?|"
    r"apple[ -]?tv|apple[ -]?watch|home[ -]?pod(?:[ -]mini)?|air[ -]?pods|galaxy|pixel|"
    r"kindle|lap[ -]?top|note[ -]?book|phone|handy|tablet"
)
_DEVICE = (
    rf"(?:{_PERSONAL}|one[ -]?plus|xperia|fire[ -]?tv|echo(?:[ -]dot)?|chromecast|sonos|surface|"
    r"think[ -]?pad|desk[ -]?top|desk|computer|rechner|ordinateur|ordenador|computador|komputer|"
    r"datorn?|tietokone|počítač|компьютер|ноутбук|телефон|téléphone|teléfono|telefono|telefone|"
    r"telefon|puhelin|tablette|pc|nas|tv|fernseher|télé|speaker|printer|drucker|imprimante|"
    r"impresora|stampante|music|musik|musique|música|musica|library|mediathek|bibliothek|photos|"
    r"fotos)"
)
# Hostnames are what is left of such names: no apostrophe, no blanks, a number against conflicts.
_TAIL = r"(?:[ -].{0,30}|\(\d+\)|-?\d{1,3})?"
_WHO = r"(?P<who>[^\W\d_][\w.'’-]{0,30}(?: [^\W\d_][\w.'’-]{0,30}){0,2})"
_ONE = r"(?P<who>[^\W\d_][^\W_]{1,30})"

_FIRST = [  # the person first
    rf"{_WHO}['’`´]s?[ -]+{_DEVICE}{_TAIL}",  # English, also a second s left out
    rf"{_WHO} sin {_DEVICE}{_TAIL}",  # Norwegian
    rf"[\"“„«]?(?P<who>[^\W\d_]{{1,20}})[\"”»]? ?(?:の|的|의) ?{_DEVICE}{_TAIL}",  # ja, zh, ko
    rf"(?P<who>[^\W\d_]{{2,30}})['’]n[iıuü]n {_DEVICE}.{{0,30}}",  # Turkish
    rf"(?P<who>[^\W\d_]{{2,30}}) adlı (?:kişinin|kullanıcının) {_DEVICE}.{{0,30}}",  # Turkish
    rf"{_WHO} {_DEVICE}-?j[ae]",  # Hungarian
    rf"käyttäjän {_WHO} {_DEVICE}{_TAIL}",  # Finnish
]
_OF = (
    r"(?:von|van|de|d|di|do|da|del|della|du|des|dos|lui|til|tilhørende|för|fra|od|uživatele|"
    r"użytkownika|пользователя|користувача|του(?: χρήστη)?|της(?: χρήστη)?|của|milik|ของ|של)"
)
_AFTER = [  # the device first
    rf"{_DEVICE}[ -]+{_OF}[ '’-]+{_WHO}",
    rf"{_DEVICE}[ -]+d['’]{_WHO}",  # French, Italian, Catalan
    rf"{_DEVICE} [(–—-]+ ?{_WHO}\)?",  # Polish, Russian, Czech, Ukrainian
]
# Genitives without an apostrophe: Annas iPhone (de, sv, da, nl), annas-macbook-pro (host names).
# For what one person carries alone: atlas-nas and zeus-pc are called after nobody here.
_GENITIVE = rf"(?P<who>[^\W\d_][^\W_]{{1,30}})s[ -](?:{_PERSONAL}){_TAIL}"

_PATTERNS = tuple(re.compile(text, re.IGNORECASE) for text in (*_FIRST, *_AFTER, _GENITIVE))
_ACCOUNT = re.compile(r"(?P<who>[a-z_][a-z0-9_.-]{1,31})@[^@]{1,200}", re.IGNORECASE)
_MAC = re.compile(r"[0-9a-f]{12}", re.IGNORECASE)

_PLACES_AND_ROLES = (
    "my your our the this new old all any home house office work lab test dev demo guest "
    "guest's kitchen living bedroom bathroom garage attic basement room living-room study "
    "desk hall hallway lobby reception front back meeting conference sales support marketing "
    "finance admin school class library family kids parents kiosk shop store studio server "
    "service services media network system business apple google samsung amazon windows linux "
    "mac news wireless bus küche wohnzimmer schlafzimmer büro empfang gast arbeit schule "
    "familie keller bad cuisine salon bureau chambre accueil famille invité cocina sala "
    "oficina despacho familia cucina soggiorno ufficio famiglia keuken woonkamer kantoor kök "
    "kontor stue stua root pi ubuntu debian user pulse nobody default www "
)
_NOBODY = frozenset(_PLACES_AND_ROLES.split())
"""Whom a place, a role or a maker is no name of. Lower case."""


@lru_cache(maxsize=4_096)
def owner_in(name: str) -> str | None:
    """The person that a thing's name seems to name, or None."""
    name = name[:_MOST].strip()
    for pattern in _PATTERNS:
        found = pattern.fullmatch(name)
        if found is not None and _may_be_somebody(found["who"]):
            return found["who"].strip()
    return None


def account_in(name: str) -> str | None:
    """The user of ``user@host``, as chat and sound servers name themselves, or None."""
    found = _ACCOUNT.match(name[:_MOST])
    if found is None or _MAC.fullmatch(found["who"]) or not _may_be_somebody(found["who"]):
        return None
    return found["who"]


def _may_be_somebody(who: str) -> bool:
    words = [word.strip(".'’-") for word in who.lower().split()]
    plain = [word for word in words if word]
    if not plain or any(re.fullmatch(_DEVICE, word, re.IGNORECASE) for word in plain):
        return False
    # ``Sales`` without its s, as the genitive takes it away.
    return not any(word in _NOBODY or f"{word}s" in _NOBODY for word in (plain[0], plain[-1]))
