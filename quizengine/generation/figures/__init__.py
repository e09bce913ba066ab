"""Figures: pictures of a question's values as SVG text. Found by themselves."""
