"""Reviews and questions of the sample catalogue, said by the sample companies. Loading them twice changes nothing."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count

from galleria.buying.models import OrderLine
from galleria.demo.marketplace import CATALOGUE
from galleria.parties.models import Account
from galleria.publishing.catalogue_file import read_catalogue, schema
from galleria.publishing.models import Product
from galleria.supporting.models import Question, Review


def load(at: datetime) -> int:
    """Put them under their products, newest first, some days apart; returns how many there are new."""
    if Review.objects.exists():
        return 0
    buyers = list(Account.objects.filter(seller__isnull=True).exclude(kind="operator").order_by("id"))
    products = {product.slug: product for product in Product.objects.all()}
    entries = [entry.value for entry in read_catalogue(path=CATALOGUE).products]
    turn = count()
    rows = [
        _review(products[entry.slug], review, buyers[next(turn) % len(buyers)], number, at)
        for entry in entries
        if buyers and entry.slug in products
        for number, review in enumerate(entry.reviews)
    ]
    Review.objects.bulk_create(rows)
    asked = [
        _question(products[entry.slug], question, number, at)
        for entry in entries
        if entry.slug in products
        for number, question in enumerate(entry.questions)
    ]
    Question.objects.bulk_create(asked)
    return len(rows) + len(asked)


def _review(product: Product, review: schema.Review, account: Account, number: int, at: datetime) -> Review:
    line = OrderLine.objects.filter(order__account=account, product=product).values_list("public_id", flat=True).first()
    taken = line is not None and Review.objects.filter(order_line_id=line).exists()
    return Review(
        product=product,
        account=account,
        order_line_id=line if line and not taken else f"sample-{product.slug[:48]}-{number}",
        quality=review.quality,
        service=review.service,
        speed=review.speed,
        text=review.text,
        byline=review.byline,
        reply=review.reply or "",
        created_at=at - timedelta(days=9 + 31 * number + len(review.text) % 17),
    )


def _question(product: Product, question: schema.Question, number: int, at: datetime) -> Question:
    asked_at = at - timedelta(days=20 + 40 * number)
    return Question(
        product=product,
        text=question.text,
        answer=question.answer or "",
        state="published",
        created_at=asked_at,
        answered_at=asked_at + timedelta(hours=3) if question.answer else None,
    )
