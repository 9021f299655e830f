"""Taking the event log out, for tools that mine processes.

May know the ledger and the core. Must never change anything, nor know how it was asked.
"""
