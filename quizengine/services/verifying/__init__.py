"""``verify``: a file of results or a report, computed again step by step and compared with what it says."""
