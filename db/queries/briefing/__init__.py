"""What a briefing is made of: weekly counts, findings with their reasons, and the tables beside them."""
