"""A seller and the operator by program: decisions and appeals, test coupons, leaving (S-VIO, S-TCP, S-EXI)."""

from __future__ import annotations

from django.http import HttpRequest

from galleria.api.auth import actor_of
from galleria.api.endpoints import FILE_BYTES, Routes
from galleria.api.schemas import onboarding
from galleria.api.schemas import standing as out
from galleria.api.schemas.buying import NothingIn
from galleria.api.schemas.common import PublicId
from galleria.kit import clock
from galleria.selling import selectors
from galleria.selling.services import couponing, leaving, sanctioning

routes = Routes("Selling: standing")
MANAGE, COUPONS = "seller:info:manage", "seller:coupon:manage"
WISHES, EXIT = "/seller/test-coupons", "/seller/exit"


# ----- decisions -----


def _violations(request: HttpRequest) -> out.ViolationsOut:
    actor = actor_of(request)
    return out.violations_out(actor, selectors.seller_of(actor).pk, clock.now())


@routes.get("/seller/violations", out.ViolationsOut, needs=MANAGE)
def list_seller_violations(request: HttpRequest) -> out.ViolationsOut:
    """What the operator decided about the seller, with reasons, what follows, and until when it can be appealed."""
    return _violations(request)


@routes.write("POST", "/seller/violations/{violation_id}/appeal", out.ViolationsOut, needs=MANAGE)
def appeal_seller_violation(request: HttpRequest, violation_id: PublicId, body: out.AppealIn) -> out.ViolationsOut:
    """Appeal against a decision, once, within ten working days."""
    sanctioning.appeal(actor_of(request), violation_id=violation_id, text=body.text, at=clock.now())
    return _violations(request)


# ----- test coupons -----


@routes.get(WISHES, out.TestCouponsOut, needs=COUPONS)
def list_test_coupons(request: HttpRequest) -> out.TestCouponsOut:
    """Requests for coupons to test products on the operator's cloud, and what is left this year."""
    actor = actor_of(request)
    return out.test_coupons_out(actor, selectors.seller_of(actor).pk, clock.now())


@routes.write("POST", WISHES, out.TestCouponOut, status=201, needs=COUPONS, most_bytes=FILE_BYTES)
def ask_for_test_coupon(request: HttpRequest, body: out.TestCouponIn) -> out.TestCouponOut:
    """Ask for a coupon with the sealed application; the operator decides, and on its value too."""
    row = couponing.request(
        actor_of(request), scheme=body.scheme, amount=body.amount, product=body.product, remarks=body.remarks,
        document=onboarding.content_of(body.document, "document.content"), at=clock.now(),
    )  # fmt: skip
    return out.test_coupon_out(row)


@routes.write("POST", f"{WISHES}/{{request_id}}/withdraw", out.TestCouponOut, needs=COUPONS)
def withdraw_test_coupon(request: HttpRequest, request_id: PublicId, body: NothingIn) -> out.TestCouponOut:
    """Take a request back that is not decided."""
    return out.test_coupon_out(couponing.withdraw(actor_of(request), request_id=request_id, at=clock.now()))


# ----- leaving -----


def _exit(request: HttpRequest) -> out.ExitOut:
    return out.exit_out(selectors.profile_of(selectors.seller_of(actor_of(request))))


@routes.get(EXIT, out.ExitOut, needs=MANAGE)
def get_seller_exit(request: HttpRequest) -> out.ExitOut:
    """What must be over before the company can leave, and whether it has asked to."""
    return _exit(request)


@routes.write("POST", EXIT, out.ExitOut, needs=MANAGE)
def ask_for_seller_exit(request: HttpRequest, body: out.ExitIn) -> out.ExitOut:
    """Ask to leave, for the owner. EXIT_BLOCKED names in `open` what is not over."""
    leaving.request(actor_of(request), reason=body.reason, at=clock.now())
    return _exit(request)


@routes.write("POST", f"{EXIT}/withdraw", out.ExitOut, needs=MANAGE)
def withdraw_seller_exit(request: HttpRequest, body: NothingIn) -> out.ExitOut:
    """Stay after all, while nothing is decided; for the owner."""
    leaving.withdraw(actor_of(request), at=clock.now())
    return _exit(request)
