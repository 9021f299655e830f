"""The JSON API: what the contract promises over HTTP, and nothing else.

Decides how a request becomes a command or a question and how the answer looks. Every rule about
deals is asked of the core, through the gateway; every list is read from the ledger.
"""
