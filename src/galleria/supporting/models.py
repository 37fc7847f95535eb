"""Tickets, reviews and questions."""

from __future__ import annotations

from django.db import models

from galleria.kit.ids import new_id


def _ticket_id() -> str:
    return new_id("tkt")


class Ticket(models.Model):
    """A question to support (B-AFS): the way to credit payment and bank transfers.

    With a `product` it is for that product's seller, and moves as `states.PRODUCT_TICKET` says (S-TCK-001). `access`:
    whether the seller may look at the resource that it is about: asked, granted (until `access_until`), refused,
    revoked.
    """

    public_id = models.CharField(max_length=40, unique=True, default=_ticket_id, editable=False)
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="tickets")
    user = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    category = models.CharField(max_length=24)
    subject = models.CharField(max_length=100)
    text = models.TextField(max_length=2000)
    product = models.ForeignKey(
        "publishing.Product", null=True, blank=True, on_delete=models.PROTECT, related_name="tickets"
    )
    link = models.CharField(max_length=120, blank=True)  # order or subscription id
    state = models.CharField(max_length=16, default="open")
    cause = models.TextField(blank=True)  # what it was, says the seller
    solution = models.TextField(blank=True)
    access = models.CharField(max_length=8, blank=True)
    access_until = models.DateTimeField(null=True, blank=True)
    answer = models.TextField(blank=True)
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
    answered_by = models.CharField(max_length=120, blank=True)

    class Meta:
        indexes = [models.Index(fields=["product", "state"], name="ticket_of_product")]

    def __str__(self) -> str:
        return self.subject


def _enquiry_id() -> str:
    return new_id("enq")


class Enquiry(models.Model):
    """What somebody needs of a consulting service: name, company, contact and need, for the seller (S-CON-001)."""

    public_id = models.CharField(max_length=40, unique=True, default=_enquiry_id, editable=False)
    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="enquiries")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    name = models.CharField(max_length=120)
    company = models.CharField(max_length=200, blank=True)
    contact = models.CharField(max_length=200)
    need = models.TextField(max_length=2000)
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class ContactClick(models.Model):
    """How often people went from a product's page to the seller's website on one day (S-CON-001)."""

    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="contact_clicks")
    day = models.DateField()
    count = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["product", "day"], name="contact_click_of_day")]

    def __str__(self) -> str:
        return f"{self.day} {self.count}"


class TicketEntry(models.Model):
    """What somebody did with a ticket of a seller, or wrote into it; the first entry is what the buyer wrote."""

    ticket = models.ForeignKey(Ticket, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(max_length=16)  # key of states.ENTRY_WORDS
    side = models.CharField(max_length=8)  # buyer, seller, operator
    author = models.CharField(max_length=120)
    text = models.TextField(blank=True)
    at = models.DateTimeField()

    class Meta:
        ordering = ["pk"]

    def __str__(self) -> str:
        return f"{self.ticket} {self.kind}"


class Review(models.Model):
    """A buyer's rating of a product: three scores of 1 to 5 and a text (B-REV)."""

    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="reviews")
    account = models.ForeignKey("parties.Account", on_delete=models.CASCADE, related_name="+")
    order_line_id = models.CharField(max_length=64, unique=True)
    quality = models.PositiveSmallIntegerField()
    service = models.PositiveSmallIntegerField()
    speed = models.PositiveSmallIntegerField()
    text = models.TextField(max_length=500)
    byline = models.CharField(max_length=160)  # "Head of IT, logistics"
    reply = models.TextField(blank=True)
    state = models.CharField(max_length=10, default="published")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["product", "state", "-created_at"])]


class Question(models.Model):
    """A pre-sales question on a product page with the seller's answer; public after review."""

    product = models.ForeignKey("publishing.Product", on_delete=models.CASCADE, related_name="questions")
    user = models.ForeignKey("parties.User", null=True, on_delete=models.SET_NULL, related_name="+")
    text = models.TextField(max_length=1000)
    answer = models.TextField(blank=True)
    state = models.CharField(max_length=10, default="submitted")  # submitted, published, refused
    created_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True, blank=True)
