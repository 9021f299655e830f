"""The pure core: what a sales process is, decides and counts; no clock, no I/O, no Temporal, no SQL."""
