"""The nouns of the program: frozen values that know no file, database or web."""
