"""What first: lanes with one rule each (`plan.py`), the age at which a request may no longer exist (`stale.py`), and
why each stands where it does, in words (`why.py`). No database, no screen, no clock.
"""
