"""Sign-in, profile, users, keys, agreements, messages, tickets and activity (screens P7, A1 to A4)."""
