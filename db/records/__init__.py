"""What people decide on the desk: a small database of its own, beside the requests, which are immutable copies.

Every record has who, when and what. Nothing is overwritten: a change is one more row, the newest counts, the rest is
history. See docs/records.md.
"""
