"""The embedded installation: Temporal server, worker and API as children of one process.

`stack.embedded.up` is the way in. The stack decides what is started, in which order, on which data,
and what happens when a part dies. It never looks into a deal, the ledger or Temporal's own state.
"""
