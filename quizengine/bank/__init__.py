"""TOML -> Question; ``check``: every question proves itself."""

from __future__ import annotations

from quizengine.bank.loader import Bank, BankQuestion, load_bank

__all__ = ["Bank", "BankQuestion", "load_bank"]
