"""The pure core.

What a sales process is, decides and counts; no clock, no I/O, no Temporal, no SQL.
"""
