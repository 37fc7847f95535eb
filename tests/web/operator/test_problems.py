"""Problems that the operator tells sellers of: sent, answered or late, settled (S-APP-002, S-APP-T4)."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from galleria.kit import clock
from galleria.publishing.models import Product
from galleria.releasing import services
from galleria.releasing.models import ProblemNotice
from tests.people import NOW

pytestmark = pytest.mark.django_db
PAGE = "/operator/removals"


@pytest.mark.req("S-APP-002", "S-APP-T4")
def test_a_seller_is_told_of_a_problem_and_the_late_answer_shows(olga: Any, bruno: Any, desk: Any) -> None:
    sent = olga.client.post("/operator/notices", {"product": "plainsong helpdesk", "text": "The guide does not open."})
    assert (sent.status_code, sent["Location"]) == (302, PAGE)
    notice = ProblemNotice.objects.get()
    assert (notice.product_id, notice.text) == (desk.pk, "The guide does not open.")
    page = olga.client.get(PAGE).content.decode()
    assert "Waits for the answer" in page
    assert "Not answered in time" not in page

    clock.set_for_tests(NOW + timedelta(hours=24))
    assert "Not answered in time" in olga.client.get(PAGE).content.decode()
    services.answer_notice(bruno.actor, notice_id=notice.public_id, text="It opens again.", at=NOW)
    page = olga.client.get(PAGE).content.decode()
    assert "It opens again." in page
    assert "Not answered in time" not in page

    assert olga.client.post(f"/operator/notices/{notice.public_id}/close").status_code == 302
    assert "It opens again." not in olga.client.get(PAGE).content.decode()
    assert Product.objects.get(pk=desk.pk).state == "on_sale"


@pytest.mark.req("S-APP-002")
def test_the_sale_ends_with_a_reason_only(olga: Any, desk: Any) -> None:
    notice = services.send_notice(olga.actor, product_id=desk.public_id, text="The guide does not open.", at=NOW)
    silent = olga.client.post(f"/operator/notices/{notice.public_id}/remove", {"note": ""})
    assert silent.status_code == 422
    assert "Say why; the seller reads it." in silent.content.decode()

    olga.client.post(f"/operator/notices/{notice.public_id}/remove", {"note": "No answer for a week"})
    assert Product.objects.get(pk=desk.pk).state == "removed"
    assert olga.client.post(f"/operator/notices/{notice.public_id}/close").status_code == 409


def test_wrong_input_is_named_and_kept_and_nobody_else_may(olga: Any, bruno: Any, desk: Any) -> None:
    wrong = olga.client.post("/operator/notices", {"product": "nothing", "text": "The guide does not open."})
    assert wrong.status_code == 422
    assert "No product has this name." in wrong.content.decode()
    assert "The guide does not open." in wrong.content.decode()
    short = olga.client.post("/operator/notices", {"product": desk.slug, "text": "Bad"})
    assert "Describe the problem in 10 to 2,000 characters." in short.content.decode()
    assert bruno.client.post("/operator/notices", {"product": desk.slug, "text": "I am not Olga."}).status_code == 403
    assert not ProblemNotice.objects.exists()
