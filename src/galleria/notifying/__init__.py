"""Notifying: messages to people and the mails sent for them (B-MSG).

In: events of the packages below, and `services.notify` from anybody above. Out: rows in people's inboxes at once,
mails from a job after the commit. A message is a key of `sentences` with parameters, so that everybody reads it in
their own language. Owns messages, their deliveries and people's choices.
"""
