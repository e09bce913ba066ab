"""Pictures for people who look after a test: SVG in the colours of the page around it, or PNG."""
