"""Messages to people and the mails sent for them."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _message_id() -> str:
    return new_id("msg")


class Message(models.Model):
    """One message to one user. `dedupe` makes the same event reach a person once (B-MSG-004)."""

    public_id = models.CharField(max_length=40, unique=True, default=_message_id, editable=False)
    user = models.ForeignKey("parties.User", on_delete=models.CASCADE, related_name="inbox")
    account = models.ForeignKey("parties.Account", null=True, on_delete=models.CASCADE, related_name="+")
    topic = models.CharField(max_length=12)  # finance, product, service, cost, security, campaign
    key = models.CharField(max_length=60)  # sentence of notifying.sentences
    parameters = models.JSONField(default=dict)
    link = models.CharField(max_length=300, blank=True)
    dedupe = models.CharField(max_length=200)
    created_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "dedupe"], name="one_message")]
        indexes = [models.Index(fields=["user", "-created_at", "-id"], name="inbox")]


class MessageDelivery(models.Model):
    """A message on a channel other than the message centre."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(max_length=8)  # email, sms
    state = models.CharField(max_length=8, default="queued")  # queued, sent, failed
    at = models.DateTimeField()
    error = models.CharField(max_length=300, blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["message", "channel"], name="one_message_delivery")]


class TopicChoice(models.Model):
    """A person's choice for a topic and channel; absent means the default of `topics`."""

    user = models.ForeignKey("parties.User", on_delete=models.CASCADE, related_name="topic_choices")
    topic = models.CharField(max_length=12)
    channel = models.CharField(max_length=8)
    is_on = models.BooleanField(default=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "topic", "channel"], name="one_topic_choice")]
