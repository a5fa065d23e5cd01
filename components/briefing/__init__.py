"""The briefing: what moved, why, and what to ask, as a page, a sheet, a mail and full screen."""
