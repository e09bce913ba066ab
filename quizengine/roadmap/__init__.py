"""Skills as an acyclic graph: roles, gaps, the study plan and the map."""
