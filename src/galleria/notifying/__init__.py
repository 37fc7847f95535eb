"""Notifying: what people are told: messages, mails."""
