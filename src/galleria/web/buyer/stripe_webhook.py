"""Where the card gateway tells us that something happened: verified, stored, answered at once."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from galleria.kit import clock
from galleria.kit.errors import Refused
from galleria.paying import services

LARGEST = 512 * 1024


@csrf_exempt
@require_POST
def hear(request: HttpRequest, provider: str) -> HttpResponse:
    """200 for what is stored or was stored before, 400 for forged, stale and unreadable messages."""
    if int(request.headers.get("Content-Length") or 0) > LARGEST:
        return JsonResponse({"code": "TOO_LARGE"}, status=413)
    signature = request.headers.get("Stripe-Signature", "")
    try:
        # A gateway's clock is the real one, whatever the marketplace's test clock shows.
        outcome = services.record_gateway_event(provider, request.body, signature, at=clock.real_now())
    except Refused as refusal:
        return JsonResponse({"code": refusal.code}, status=refusal.status)
    return JsonResponse({"outcome": outcome})


urlpatterns = [path("hooks/cards/<str:provider>", hear, name="card_webhook")]
