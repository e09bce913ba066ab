"""Generators: values for questions whose mathematics needs code. Found by themselves."""
