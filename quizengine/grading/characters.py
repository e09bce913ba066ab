"""Which characters an answer may hold, and what each of the others is called.

Every step keeps the length of the text, so that a position in the cleaned text is
a position in what the person typed.
"""
# ruff: noqa: RUF001 (the signs that people type, not slips of ours)

from __future__ import annotations

import re
import unicodedata

from quizengine.errors import UnreadableResponseError

MAX_CHARACTERS = 2_000
MAX_QUOTED = 60

SUPERSCRIPTS = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-", strict=True))
SUBSCRIPTS = dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True))
VULGAR_FRACTIONS = {
    char: unicodedata.normalize("NFKC", char).replace("\N{FRACTION SLASH}", "/")
    for char in "½⅓⅔¼¾⅕⅖⅗⅘⅙⅚⅐⅛⅜⅝⅞⅑⅒"
}
GREEK = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψωΓΔΘΛΞΠΣΦΨΩϕϵ",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau "  # noqa: SIM905
        "upsilon phi chi psi omega Gamma Delta Theta Lambda Xi Pi Sigma Phi Psi Omega phi epsilon".split(),
        strict=True,
    )
)

_PLAIN = re.compile(r"[\n -~]*")
_SIGNS = "√∛∞∪∩∈≤≥≠±…∅π∨∧"
_KEPT = frozenset(_SIGNS) | set(SUPERSCRIPTS) | set(SUBSCRIPTS) | set(VULGAR_FRACTIONS) | set(GREEK)
_SAME_AS = {
    **dict.fromkeys("−–—‐‑‒﹣", "-"),
    **dict.fromkeys("×·⋅∙•∗✕", "*"),
    **dict.fromkeys("÷⁄∕", "/"),
    **dict.fromkeys("⟨〈", "<"),
    **dict.fromkeys("⟩〉", ">"),
    "∣": "|",
    "’": "'",
    "≈": "=",
    "\t": " ",
    "µ": "μ",
    "⩽": "≤",
    "⩾": "≥",
    "ℝ": "R",
}
_FULL_WIDTH = {
    chr(code + 0xFEE0): chr(code)
    for code in range(0x21, 0x7F)
    if not chr(code).isalpha() and chr(code) != "_"
}


def clean(text: str) -> str:
    """Return ``text`` with every space, minus, times and digit in its plain form, same length.

    Raises
    ------
    UnreadableResponseError
        If the text is too long, or holds a character that no answer needs; the
        message names it and its position.
    """
    if len(text) > MAX_CHARACTERS:
        raise UnreadableResponseError(
            f"This is {len(text):,} characters long; at most {MAX_CHARACTERS:,} can be read."
        )
    if _PLAIN.fullmatch(text):
        return text
    # Browsers send line ends of a text box as two characters.
    return "".join(map(_plain, text.replace("\r\n", " \n"), range(len(text))))


def _plain(char: str, position: int) -> str:
    if " " <= char <= "~" or char == "\n" or char in _KEPT:
        return char
    plain = _SAME_AS.get(char) or _FULL_WIDTH.get(char)
    if plain is not None:
        return plain
    if unicodedata.category(char) == "Zs":
        return " "
    raise UnreadableResponseError(_why_refused(char, position), position, position + 1)


def _why_refused(char: str, position: int) -> str:
    name = unicodedata.name(char, "")
    code = f"U+{ord(char):04X}"
    if name.startswith("CYRILLIC"):
        return f"Character {position + 1} is {code}: this is the Cyrillic {char}, not the Latin one."
    if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co", "Cn", "Mn", "Me"):
        return f"Character {position + 1} is {f'{code} {name}'.strip()}; delete it."
    return f"Character {position + 1} is {code} {name}; it is not part of an answer here."


def quoted(text: str) -> str:
    r"""Return ``text`` fit for a message: at most 60 characters, control characters as U+XXXX.

    >>> quoted("a\x00b")
    '“aU+0000b”'
    """
    cut = text if len(text) <= MAX_QUOTED else text[: MAX_QUOTED - 1] + "…"
    shown = (char if char.isprintable() else f"U+{ord(char):04X}" for char in cut)
    return f"“{''.join(shown)}”"
