"""Question + seed -> Variant: expressions, draws, separability, generators and figures."""
