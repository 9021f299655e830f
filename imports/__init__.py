"""Taking over what other systems recorded: files become deals, each row's fate is told.

Decides how rows are read, repaired and understood, by a mapping that their owner writes. What may
happen to a deal is the core's business; this room only says what has happened. Knows no Temporal:
whoever runs an import hands it a ledger and a starter of workflows.
"""
