"""Formulas as plain text: what a terminal shows and a screen reader reads."""

# ruff: noqa: RUF001  (signs that look like letters are what is tested)

from __future__ import annotations

import pytest

from quizengine.markup import math_text, to_text

READ_AS = {
    r"\frac{1}{2}": "1/2",
    r"\frac{a+b}{2}": "(a + b)/2",
    r"\tfrac12 x^{-1/2}": "(1/2) x^(-1/2)",
    r"-\dfrac{3}{4}": "-3/4",
    r"x = -0.25": "x = -0.25",
    r"e^{3xy} + e^{-x}": "e^(3xy) + e^(-x)",
    r"\frac{1}{2x} - \frac{2x}{10}": "1/(2x) - 2x/10",
    r"x_{ij}^{10}": "x_ij^10",
    r"2 \times (-3)": "2 × (-3)",
    r"1{,}000": "1,000",
    r"80\,\%": "80 %",
    r"30^\circ": "30°",
    r"\begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}": "[1 2; 3 4]",
    r"\begin{bmatrix} a + 1 & b \\ c & d \end{bmatrix}": "[a + 1, b; c, d]",
    r"\left[\begin{array}{cc|c} 1 & 2 & 3 \\ 4 & 5 & 6 \end{array}\right]": "[1 2 3; 4 5 6]",
    r"\begin{vmatrix} 1 & 2 \\ 3 & 4 \end{vmatrix}": "|1 2; 3 4|",
    r"\begin{cases} 1 & x > 0 \\ 0 & \text{otherwise} \end{cases}": "{ 1 if x > 0; 0 otherwise }",
    r"\begin{aligned} a &= b \\ c &= d \end{aligned}": "a = b; c = d",
    r"\sqrt{x^2 + 1}": "sqrt(x^2 + 1)",
    r"\sqrt[3]{8}": "root(3, 8)",
    r"x_i^2 + x_{i+1}^{n-1}": "x_i^2 + x_(i + 1)^(n - 1)",
    r"A^\top A^{-1}": "A^T A^(-1)",
    r"f''(x)": "f''(x)",
    r"\hat{y}_i - \bar{y}": "hat(y)_i - bar(y)",
    r"\lambda_1 \ge \sigma": "λ_1 ≥ σ",
    r"\log_2 x + \sin\theta": "log_2 x + sin θ",
    r"\log{\left(x \right)} + \left(a + 1\right) \left(b - 2\right)": "log(x) + (a + 1)(b - 2)",
    r"\sum_{i=1}^n i": "sum_(i = 1)^n i",
    r"\int_0^1 x\,dx": "integral_0^1 x dx",
    r"\operatorname*{arg\,max}_x f(x)": "arg max_x f(x)",
    r"P(A \mid B)": "P(A | B)",
    r"\lVert x \rVert_2": "‖x‖_2",
    r"\binom{n}{k}p^k": "C(n, k) p^k",
    r"\mathbf{x} \in \mathbb{R}^n": "x ∈ ℝ^n",
    r"\lim_{x \to 0} \frac{\sin x}{x}": "lim_(x → 0) ((sin x)/x)",
    r"a \equiv b \pmod{7}": "a ≡ b (mod 7)",
    r"\text{precision} = \frac{\text{TP}}{\text{TP} + \text{FP}}": "precision = TP/(TP + FP)",
}


@pytest.mark.parametrize(("latex", "text"), READ_AS.items())
def test_a_formula_reads_as_one_would_type_it(latex: str, text: str) -> None:
    assert math_text(latex) == text


def test_a_whole_text_reads_as_plain_text() -> None:
    markdown = r"""## Totals

Pay **\$5** for `a $ b`, see [here](https://a.example/x):

1. $\frac{1}{2}$
2. {{input:total}}

| name | n |
|------|--:|
| long one | $2^3$ |

```sql
SELECT 1
```
"""

    assert to_text(markdown).splitlines() == [
        "Totals",
        "",
        "Pay $5 for a $ b, see here (https://a.example/x):",
        "",
        "1. 1/2",
        "2. ____",
        "",
        "name      n",
        "--------  ---",
        "long one  2^3",
        "",
        "    SELECT 1",
    ]
