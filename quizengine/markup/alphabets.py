"""Letters of the mathematical alphabets: bold, script, blackboard and the like."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

_STYLES = {
    r"\mathbb": "DOUBLE-STRUCK",
    r"\mathbf": "BOLD",
    r"\mathcal": "SCRIPT",
    r"\mathscr": "SCRIPT",
    r"\mathfrak": "FRAKTUR",
    r"\mathsf": "SANS-SERIF",
    r"\mathtt": "MONOSPACE",
    r"\boldsymbol": "BOLD ITALIC",
    r"\bm": "BOLD ITALIC",
    r"\pmb": "BOLD ITALIC",
}


@lru_cache(maxsize=2048)
def in_alphabet(font: str, character: str) -> str:
    r"""Return the character that ``font`` makes of a letter or digit, or the character itself.

    >>> in_alphabet(r"\mathbf", "β") == "\N{MATHEMATICAL BOLD SMALL BETA}"
    True
    """
    style = _STYLES.get(font)
    if style is None:
        return character
    if style == "BOLD ITALIC" and character.isdigit():
        style = "BOLD"
    kind = unicodedata.name(character, "").replace("LATIN ", "").replace("GREEK ", "").replace("LETTER ", "")
    # letters that Unicode had before 2001 lack the prefix: DOUBLE-STRUCK CAPITAL R, BLACK-LETTER CAPITAL H
    for name in (f"MATHEMATICAL {style} {kind}", f"{style} {kind}", f"BLACK-LETTER {kind}"):
        try:
            found = unicodedata.lookup(name)
        except KeyError:
            continue
        if style == "FRAKTUR" or not name.startswith("BLACK"):
            return found
    return character
