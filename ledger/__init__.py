"""The ledger: every event of every deal, append only, and the rows that follow from them.

Decides nothing about deals; it keeps what the core decided, and answers for lists, boards and
reports. Only `session.Ledger` opens transactions.
"""
