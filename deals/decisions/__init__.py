"""One module for each kind of thing that can be asked of a deal.

`deals.decide` is the door to them.
"""
