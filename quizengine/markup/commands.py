r"""The LaTeX that we render: which commands there are, how each reads as text, and how it is spaced.

This one list serves the bank's check, the three printers and the authoring guide. What is not
here is refused by name, so nothing that a converter happens to understand (``\href``, ``\style``,
``\newcommand``) can ever reach it.
"""

from __future__ import annotations

from typing import Literal

# ruff: noqa: RUF001  (signs that look alike are the subject of this file)

#: How a symbol sits between its neighbours, as TeX has it.
Spacing = Literal["ord", "bin", "rel", "open", "close", "punct", "func", "space"]


def names(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


def _pairs(words: str) -> dict[str, str]:
    parts = words.split()
    return dict(zip(parts[::2], parts[1::2], strict=True))


GREEK = _pairs(r"""
\alpha α \beta β \gamma γ \delta δ \epsilon ϵ \varepsilon ε \zeta ζ \eta η \theta θ \vartheta ϑ \iota ι
\kappa κ \lambda λ \mu μ \nu ν \xi ξ \omicron ο \pi π \varpi ϖ \rho ρ \varrho ϱ \sigma σ \varsigma ς
\tau τ \upsilon υ \phi ϕ \varphi φ \chi χ \psi ψ \omega ω \Gamma Γ \Delta Δ \Theta Θ \Lambda Λ \Xi Ξ
\Pi Π \Sigma Σ \Upsilon Υ \Phi Φ \Psi Ψ \Omega Ω
""")

ORDINARY = GREEK | _pairs(r"""
\infty ∞ \partial ∂ \nabla ∇ \forall ∀ \exists ∃ \nexists ∄ \emptyset ∅ \varnothing ∅ \ell ℓ \hbar ℏ
\Re ℜ \Im ℑ \aleph ℵ \top ⊤ \bot ⊥ \angle ∠ \triangle △ \prime ′ \circ ∘ \bullet • \star ⋆ \square □
\checkmark ✓ \degree ° \neg ¬ \lnot ¬ \imath ı \jmath ȷ \dagger † \% % \$ $ \_ _ \& & \ldots … \dots …
\cdots ⋯ \vdots ⋮ \ddots ⋱
""")

LARGE = _pairs(r"""
\sum ∑ \prod ∏ \coprod ∐ \int ∫ \iint ∬ \iiint ∭ \oint ∮ \bigcup ⋃ \bigcap ⋂ \bigoplus ⨁ \bigotimes ⨂
\bigvee ⋁ \bigwedge ⋀
""")
INTEGRALS = frozenset("∫∬∭∮")

#: How a large sign is read in plain text.
SPOKEN = {
    "∑": "sum", "∏": "product", "∐": "coproduct", "∫": "integral", "∬": "double integral",
    "∭": "triple integral", "∮": "closed integral", "⋃": "union", "⋂": "intersection",
    "⋁": "or", "⋀": "and",
}  # fmt: skip

BINARY = _pairs(r"""
\cdot · \times × \div ÷ \pm ± \mp ∓ \ast * \cup ∪ \cap ∩ \setminus ∖ \land ∧ \wedge ∧ \lor ∨ \vee ∨
\oplus ⊕ \otimes ⊗ \odot ⊙ \ominus ⊖ \bmod mod
""")

RELATION = _pairs(r"""
\le ≤ \leq ≤ \leqslant ≤ \ge ≥ \geq ≥ \geqslant ≥ \lt < \gt > \ne ≠ \neq ≠ \approx ≈ \sim ~ \simeq ≃
\cong ≅ \equiv ≡ \propto ∝ \ll ≪ \gg ≫ \doteq ≐ \in ∈ \notin ∉ \ni ∋ \subset ⊂ \subseteq ⊆ \supset ⊃
\supseteq ⊇ \subsetneq ⊊ \to → \rightarrow → \leftarrow ← \gets ← \leftrightarrow ↔ \mapsto ↦
\longrightarrow → \longmapsto ↦ \longleftarrow ← \Rightarrow ⇒ \Leftarrow ⇐ \Leftrightarrow ⇔
\Longrightarrow ⇒ \implies ⇒ \iff ⇔ \uparrow ↑ \downarrow ↓ \nearrow ↗ \searrow ↘ \hookrightarrow ↪
\rightsquigarrow ⇝ \mid ∣ \nmid ∤ \parallel ∥ \perp ⊥ \models ⊨ \vdash ⊢ \prec ≺ \preceq ⪯ \succ ≻
\succeq ⪰ \therefore ∴ \because ∵ \colon : \coloneqq ≔ \triangleq ≜
""")

OPENING = _pairs(r"\{ { \lbrace { \lbrack [ \langle ⟨ \lceil ⌈ \lfloor ⌊ \lvert | \lVert ‖")
CLOSING = _pairs(r"\} } \rbrace } \rbrack ] \rangle ⟩ \rceil ⌉ \rfloor ⌋ \rvert | \rVert ‖")
UPRIGHT = _pairs(r"\vert | \Vert ‖ \| ‖")

FUNCTIONS = names(r"""
    \log \ln \lg \exp \sin \cos \tan \cot \sec \csc \arcsin \arccos \arctan \sinh \cosh \tanh \coth
    \max \min \arg \argmax \argmin \sup \inf \lim \limsup \liminf \det \dim \ker \gcd \deg \hom \Pr
""")

#: Functions whose subscript stands below them in a displayed formula.
WITH_LIMITS = names(r"\max \min \argmax \argmin \sup \inf \lim \limsup \liminf \det \gcd \Pr")
#: Functions whose name is written as several words.
FUNCTION_NAMES = {r"\argmax": "arg max", r"\argmin": "arg min", r"\limsup": "lim sup", r"\liminf": "lim inf"}

#: Widths of spaces, in em.
SPACES: dict[str, float] = {
    r"\quad": 1.0, r"\qquad": 2.0, r"\,": 0.167, r"\:": 0.222, r"\>": 0.222, r"\;": 0.278, r"\!": -0.167,
    "~": 0.25, "\\ ": 0.25,
}  # fmt: skip

#: Commands with two arguments, and how the pair reads.
FRACTIONS = frozenset({r"\frac", r"\dfrac", r"\tfrac", r"\cfrac"})
BINOMIALS = frozenset({r"\binom", r"\dbinom", r"\tbinom"})
STACKS = frozenset({r"\overset", r"\underset", r"\stackrel"})

#: Commands with one argument, and the word that stands for them in plain text.
ACCENTS = _pairs(r"""
\hat hat \widehat hat \bar bar \overline bar \tilde tilde \widetilde tilde \vec vec \dot dot \ddot ddot
\check check \breve breve \acute acute \grave grave \underline underline \overrightarrow vec
\underbrace underbrace \overbrace overbrace
""")
FONTS = names(
    r"\mathbb \mathbf \mathrm \mathcal \mathit \mathsf \mathtt \mathfrak \mathscr \boldsymbol \bm \pmb"
)
BOXED = r"\boxed"
WORDS = names(r"\text \textbf \textit \textrm \texttt \mbox \operatorname \operatorname*")
ARROWS = _pairs(r"\xrightarrow → \xleftarrow ←")

SIZES = names(r"\big \Big \bigg \Bigg \bigl \Bigl \biggl \Biggl \bigr \Bigr \biggr \Biggr \bigm \Bigm")
STYLES = names(r"\displaystyle \textstyle \scriptstyle")

#: Environments, with what fences them in plain text.
ENVIRONMENTS = {
    "matrix": ("[", "]"),
    "pmatrix": ("[", "]"),
    "bmatrix": ("[", "]"),
    "Bmatrix": ("{", "}"),
    "vmatrix": ("|", "|"),
    "Vmatrix": ("‖", "‖"),
    "smallmatrix": ("[", "]"),
    "array": ("[", "]"),
    "substack": ("", ""),
    "cases": ("{", "}"),
    "aligned": ("", ""),
    "gathered": ("", ""),
    "split": ("", ""),
}

_SPACED: tuple[tuple[dict[str, str], Spacing], ...] = (
    (ORDINARY, "ord"),
    (LARGE, "func"),
    (BINARY, "bin"),
    (RELATION, "rel"),
    (OPENING, "open"),
    (CLOSING, "close"),
    (UPRIGHT, "ord"),
)

SYMBOLS: dict[str, tuple[str, Spacing]] = {
    command: (text, spacing) for table, spacing in _SPACED for command, text in table.items()
} | {name: (FUNCTION_NAMES.get(name, name[1:]), "func") for name in FUNCTIONS}

#: Characters that stand for themselves: those of the keyboard, and every sign that a command makes.
CHARACTERS: dict[str, tuple[str, Spacing]] = (
    {text: (text, spacing) for text, spacing in SYMBOLS.values() if len(text) == 1 and not text.isascii()}
    | {"-": ("−", "bin"), "+": ("+", "bin"), "*": ("∗", "bin"), "/": ("/", "ord"), "|": ("|", "ord")}
    | {character: (character, "rel") for character in "=<>:"}
    | {character: (character, "ord") for character in "!?."}
    | {character: (character, "punct") for character in ",;"}
    | {"(": ("(", "open"), "[": ("[", "open"), ")": (")", "close"), "]": ("]", "close")}
)

DELIMITERS = frozenset(OPENING) | frozenset(CLOSING) | frozenset(UPRIGHT) | frozenset("()[]|/.<>")

#: Every command that a formula may hold, for the check, its hints and the authoring guide.
COMMANDS: frozenset[str] = (
    frozenset(SYMBOLS)
    | frozenset(SPACES)
    | FRACTIONS
    | BINOMIALS
    | STACKS
    | frozenset(ACCENTS)
    | FONTS
    | WORDS
    | frozenset(ARROWS)
    | SIZES
    | STYLES
    | {
        r"\sqrt",
        r"\left",
        r"\middle",
        r"\right",
        r"\begin",
        r"\end",
        r"\\",
        r"\not",
        r"\limits",
        r"\nolimits",
        BOXED,
    }
    | {r"\pmod", r"\substack"}
)
