"""Reports: one file for each question that is asked of the ledger. Nothing here writes."""
