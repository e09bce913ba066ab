"""Adaptive skills assessment for backend engineers who move into machine-learning engineering."""

from __future__ import annotations

__version__ = "0.1.0"
