"""Who may do what: the one table of actions and ready-made roles (buyer-account-billing 8).

Every check in services, pages and the API names an action of this table; nothing else grants a right. The
owner of an account has every right that the account can have. B-PRM-001 to 004.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, Literal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Level = Literal["list", "read", "write"]
Side = Literal["buyer", "seller", "reseller", "operator"]
Text = str | Promise


@dataclass(frozen=True, slots=True)
class Action:
    """One right. `covers` says in words what it opens."""

    name: str
    level: Level
    covers: Text

    @property
    def side(self) -> Side:
        head = self.name.split(":", 1)[0]
        return head if head in {"seller", "reseller", "operator"} else "buyer"  # type: ignore[return-value]


@dataclass(frozen=True, slots=True)
class Role:
    """A ready-made set of rights that is given to a user of an account."""

    name: str
    side: Side
    label: Text
    words: Text
    actions: frozenset[str]


_TABLE: Final[tuple[Action, ...]] = (
    # --- what everybody who buys for the account meets -------------------------------------------------
    Action("gallery:product:view", "read", _("see the catalogue")),
    Action("gallery:favorite:manage", "write", _("keep favourites")),
    Action("gallery:order:create", "write", _("place orders")),
    Action("billing:order:view", "list", _("see orders")),
    Action("billing:order:pay", "write", _("pay orders")),
    Action("billing:order:cancel", "write", _("cancel unpaid orders")),
    Action("billing:order:export", "write", _("export orders")),
    Action("billing:subscription:view", "read", _("see renewals")),
    Action("billing:subscription:renew", "write", _("renew subscriptions")),
    Action("billing:subscription:autorenew", "write", _("change automatic renewal")),
    Action("billing:subscription:unsubscribe", "write", _("unsubscribe")),
    Action("billing:subscription:toDemand", "write", _("change to pay-per-use")),
    Action("billing:balance:view", "read", _("see the balance")),
    Action("billing:balance:topup", "write", _("top up the balance")),
    Action("billing:balance:repay", "write", _("pay bills and debts")),
    Action("billing:balance:withdraw", "write", _("withdraw unused balance")),
    Action("billing:balance:alert", "write", _("set the balance alert")),
    Action("billing:coupon:view", "read", _("see coupons")),
    Action("billing:coupon:redeem", "write", _("claim and redeem coupons")),
    Action("billing:bill:view", "read", _("see bills")),
    Action("billing:bill:export", "write", _("export bills")),
    Action("billing:bill:setting", "write", _("change how bills are sent")),
    Action("billing:invoice:view", "read", _("see invoices")),
    Action("billing:invoice:manage", "write", _("ask for invoices and change their data")),
    Action("billing:contract:view", "read", _("see contracts")),
    Action("billing:contract:manage", "write", _("ask for contracts")),
    Action("billing:budget:view", "read", _("see budgets")),
    Action("billing:budget:manage", "write", _("set budgets")),
    Action("gallery:subscription:view", "read", _("see purchased applications")),
    Action("gallery:credential:view", "read", _("reveal passwords and codes of purchased applications")),
    Action("gallery:subscription:change", "write", _("change the specification of subscriptions")),
    Action("gallery:serviceflow:view", "read", _("see service orders")),
    Action("gallery:serviceflow:submit", "write", _("submit service requests")),
    Action("gallery:serviceflow:accept", "write", _("accept or reject deliveries")),
    Action("gallery:serviceflow:appeal", "write", _("appeal")),
    Action("gallery:review:create", "write", _("write reviews")),
    Action("gallery:ticket:manage", "write", _("write tickets")),
    Action("gallery:agency:view", "read", _("see agencies")),
    Action("iam:agency:create", "write", _("create agencies")),
    Action("iam:policy:create", "write", _("create policies of agencies")),
    Action("iam:agency:delete", "write", _("delete agencies")),
    Action("gallery:member:manage", "write", _("manage the organisation and seats")),
    # --- the account itself -----------------------------------------------------------------------------
    Action("iam:account:view", "read", _("see the account's data and users")),
    Action("iam:account:manage", "write", _("change the account's data")),
    Action("iam:user:manage", "write", _("invite users and change their roles")),
    Action("iam:key:manage", "write", _("make and revoke keys")),
    Action("gallery:agreement:view", "read", _("see accepted agreements")),
    # --- sellers and resellers --------------------------------------------------------------------------
    Action("seller:product:view", "read", _("see the seller's products")),
    Action("seller:order:view", "list", _("see orders of the seller's products")),
    Action("seller:delivery:view", "read", _("see deliveries and the health of the seller's interface")),
    Action("seller:key:manage", "write", _("change the keys of the seller's interface")),
    Action("seller:info:manage", "write", _("change the seller's profile, storefront and recipients of messages")),
    Action("seller:cert:manage", "write", _("send in tax and bank data for certification")),
    Action("seller:product:release", "write", _("write and submit releases")),
    Action("seller:product:manage", "write", _("hide, show and configure products, ask for their removal")),
    Action("seller:asset:manage", "write", _("upload assets and have them scanned")),
    Action("seller:order:export", "write", _("export orders of the seller's products")),
    Action("seller:delivery:act", "write", _("deliver service orders and repeat failed calls")),
    Action("seller:refund:approve", "write", _("decide on refunds of the seller's products")),
    Action("seller:offer:manage", "write", _("make exclusive offers")),
    Action("seller:coupon:manage", "write", _("make coupons and ask for test coupons")),
    Action("seller:resale:manage", "write", _("set resale discounts")),
    Action("seller:settlement:view", "read", _("see the seller's bills and payouts")),
    Action("seller:invoice:manage", "write", _("send invoices to the operator")),
    Action("seller:review:reply", "write", _("answer reviews and questions")),
    Action("seller:ticket:handle", "write", _("answer buyers' tickets")),
    Action("reseller:customer:view", "read", _("see customers and their spending")),
    Action("reseller:customer:manage", "write", _("set budgets, freeze and unfreeze customers")),
    Action("reseller:discount:manage", "write", _("grant discounts to customers")),
    # --- who runs the marketplace -----------------------------------------------------------------------
    Action("operator:order:view", "list", _("see all orders and deliveries")),
    Action("operator:delivery:retry", "write", _("retry deliveries")),
    Action("operator:order:refund", "write", _("refund orders")),
    Action("operator:ledger:view", "read", _("see the ledger")),
    Action("operator:ledger:reverse", "write", _("ask for and approve undoing in the ledger")),
    Action("operator:work:manage", "write", _("see, retry and cancel background work")),
    Action("operator:account:manage", "write", _("see, restrict and freeze accounts, decide on credit")),
    Action("operator:catalogue:manage", "write", _("change the catalogue")),
    Action("operator:price:manage", "write", _("decide on exclusive offers, grant discounts and coupons")),
    Action("operator:ticket:manage", "write", _("answer tickets")),
    Action("operator:seller:review", "write", _("decide on registrations, certifications and changes of sellers")),
    Action("operator:seller:sanction", "write", _("record violations of sellers and decide on sanctions")),
    Action("operator:release:review", "write", _("decide on releases, changes and removals of products")),
    Action("operator:asset:review", "write", _("enter results of scans by hand")),
    Action("operator:setting:manage", "write", _("see and change the marketplace's settings")),
    Action("operator:audit:view", "read", _("see the audit record")),
)
ACTIONS: Final[dict[str, Action]] = {action.name: action for action in _TABLE}


def readable(actions: Iterable[str]) -> frozenset[str]:
    """Those of the actions that only show something; passwords and codes of applications are not for others' eyes."""
    return frozenset(each for each in actions if ACTIONS[each].level != "write") - {"gallery:credential:view"}


def of_side(side: Side) -> frozenset[str]:
    """Every action of buyers, sellers, resellers or the operator."""
    return frozenset(action.name for action in _TABLE if action.side == side)


BUYER: Final = of_side("buyer")
SELLER: Final = of_side("seller")
RESELLER: Final = of_side("reseller")
OPERATOR: Final = of_side("operator")

_BROWSE = {"gallery:product:view", "gallery:favorite:manage"}
_SERVICE_FLOW = {f"gallery:serviceflow:{verb}" for verb in ("view", "submit", "accept", "appeal")}
_BILLING_VIEWS = {
    "billing:order:view", "billing:subscription:view", "billing:balance:view", "billing:coupon:view",
    "billing:bill:view", "billing:invoice:view", "billing:contract:view", "billing:budget:view",
}  # fmt: skip

ROLES: Final[dict[str, Role]] = {
    role.name: role
    for role in (
        Role("BuyerAdmin", "buyer", _("Administrator"), _("may do everything in this account"), BUYER),
        Role(
            "BuyerPurchaser", "buyer", _("Purchaser"),
            _("finds products, places orders and hands them over for payment, uses what was bought"),
            frozenset(
                _BROWSE | _SERVICE_FLOW
                | {
                    "gallery:order:create", "billing:order:view", "billing:order:cancel", "billing:order:export",
                    "gallery:subscription:view", "gallery:credential:view", "gallery:subscription:change",
                    "gallery:review:create", "gallery:ticket:manage", "gallery:agreement:view",
                }
            ),
        ),
        Role(
            "BuyerAcceptor", "buyer", _("Acceptor"),
            _("submits service requests, accepts or rejects deliveries, appeals"),
            frozenset(_SERVICE_FLOW | {"gallery:product:view"}),
        ),
        Role(
            "BuyerFinance", "buyer", _("Finance"),
            _("pays orders, tops up, looks after bills, invoices and budgets, renews and unsubscribes"),
            frozenset(
                _BILLING_VIEWS
                | {
                    "gallery:product:view", "gallery:subscription:view", "gallery:agreement:view",
                    "gallery:ticket:manage", "billing:order:pay", "billing:order:cancel", "billing:order:export",
                    "billing:subscription:renew", "billing:subscription:autorenew",
                    "billing:subscription:unsubscribe", "billing:subscription:toDemand", "billing:balance:topup",
                    "billing:balance:repay", "billing:balance:withdraw", "billing:balance:alert",
                    "billing:coupon:redeem", "billing:bill:export", "billing:bill:setting", "billing:invoice:manage",
                    "billing:contract:manage", "billing:budget:manage",
                }
            ),
        ),
        Role(
            "BuyerBillingOperator", "buyer", _("Billing viewer"),
            _("sees orders, bills and the balance; moves no money"),
            frozenset(_BILLING_VIEWS | {"billing:order:export", "billing:bill:export", "gallery:product:view"}),
        ),
        Role("BuyerReadOnly", "buyer", _("Reader"), _("sees everything but passwords and codes"), readable(BUYER)),
        Role("SellerAdmin", "seller", _("Seller"), _("looks after the seller's products and interface"), SELLER),
        Role(
            "SellerPublisher", "seller", _("Publisher"), _("releases products, looks after them and their assets"),
            frozenset({
                "seller:product:view", "seller:product:release", "seller:product:manage", "seller:asset:manage",
                "seller:key:manage", "seller:delivery:view",
            }),
        ),
        Role(
            "SellerDelivery", "seller", _("Delivery"), _("sees orders and delivers"),
            frozenset({
                "seller:product:view", "seller:order:view", "seller:order:export", "seller:delivery:view",
                "seller:delivery:act", "seller:ticket:handle",
            }),
        ),
        Role(
            "SellerSupport", "seller", _("Customer care"), _("answers reviews, questions and tickets"),
            frozenset({"seller:product:view", "seller:review:reply", "seller:ticket:handle"}),
        ),
        Role(
            "SellerSales", "seller", _("Sales"), _("makes offers, coupons and resale discounts"),
            frozenset({
                "seller:product:view", "seller:order:view", "seller:order:export", "seller:offer:manage",
                "seller:coupon:manage", "seller:resale:manage",
            }),
        ),
        Role(
            "SellerFinance", "seller", _("Seller’s finance"), _("tax and bank data, refunds, bills and invoices"),
            frozenset({
                "seller:product:view", "seller:order:view", "seller:order:export", "seller:cert:manage",
                "seller:refund:approve", "seller:settlement:view", "seller:invoice:manage",
            }),
        ),
        Role("ResellerAdmin", "reseller", _("Reseller"), _("looks after the reseller's customers"), RESELLER),
        Role("OperatorAdmin", "operator", _("Operator"), _("may do everything in the marketplace"), OPERATOR),
        Role(
            "OperatorSupport", "operator", _("Support"), _("helps with orders, retries deliveries, answers tickets"),
            frozenset({
                "operator:order:view", "operator:delivery:retry", "operator:ticket:manage", "operator:work:manage",
            }),
        ),
        Role(
            "OperatorFinance", "operator", _("Treasury"), _("refunds, decides on credit, reads the ledger"),
            frozenset({
                "operator:order:view", "operator:order:refund", "operator:ledger:view", "operator:ledger:reverse",
                "operator:account:manage", "operator:ticket:manage", "operator:seller:review",
            }),
        ),
        Role(
            "OperatorCatalogue", "operator", _("Curator"), _("looks after the catalogue"),
            frozenset({"operator:catalogue:manage", "operator:release:review", "operator:asset:review"}),
        ),
        Role(
            "OperatorSales", "operator", _("Account manager"),
            _("decides on offers, grants discounts and coupons, sees orders"),
            frozenset({"operator:price:manage", "operator:order:view"}),
        ),
        Role(
            "OperatorReadOnly", "operator", _("Observer"), _("sees orders, the ledger and the audit record"),
            frozenset({"operator:order:view", "operator:ledger:view", "operator:audit:view"}),
        ),
    )
}  # fmt: skip


def granted(roles: Iterable[str]) -> frozenset[str]:
    """The actions of these roles together; a role that no longer exists grants nothing."""
    return frozenset().union(*(ROLES[name].actions for name in roles if name in ROLES))


def of_owner(*, sells: bool = False, resells: bool = False, operates: bool = False) -> frozenset[str]:
    """The actions of an account's owner: all that such an account can have."""
    actions = OPERATOR if operates else BUYER
    return actions | (SELLER if sells else frozenset()) | (RESELLER if resells else frozenset())


def roles_for(*, sells: bool = False, resells: bool = False, operates: bool = False) -> list[Role]:
    """The roles that can be given in such an account, in the order of the table."""
    sides = (
        {"operator"}
        if operates
        else {"buyer"} | ({"seller"} if sells else set()) | ({"reseller"} if resells else set())
    )
    return [role for role in ROLES.values() if role.side in sides]


def unknown_actions(names: Iterable[str]) -> list[str]:
    """Those of the names that no action has."""
    return sorted(set(names) - set(ACTIONS))


def roles_with(action: str) -> list[str]:
    """Names of the roles that grant an action: who can be asked for it."""
    return [role.name for role in ROLES.values() if action in role.actions]
