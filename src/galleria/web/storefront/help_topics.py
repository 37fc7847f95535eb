"""The texts of the help, one topic a question that buyers ask. `{site}` and `{operator}` stand for names.

A topic is data so that search, the entry page and the single pages tell the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.web.storefront import help_selling
from galleria.web.storefront.help_text import Topic

GROUPS: dict[str, Any] = {
    "start": _("Getting to know it"),
    "buy": _("Buying and paying"),
    "use": _("Using what you bought"),
    "change": _("Renewing, changing, leaving"),
    "money": _("Bills and invoices"),
    "trouble": _("When something is wrong"),
    "sell": _("Selling"),
    **help_selling.GROUPS,
}

TOPICS: tuple[Topic, ...] = (
    Topic(
        "marketplace",
        "start",
        _("What is this marketplace?"),
        (
            _(
                "{site} is a shop for software and services, run by {operator}. Sellers publish what they "
                "make; you find, buy, use, renew and leave it here, with one account and on one bill."
            ),
            _(
                "What you buy is delivered by the seller’s own system, checked by the marketplace at "
                "every step. If a delivery fails for good, the whole amount comes back by itself."
            ),
        ),
        acts=((_("Look around"), "/search"), (_("Sell here"), "/help/sell")),
    ),
    Topic(
        "range",
        "start",
        _("What software and services are there?"),
        (
            _(
                "The rooms of the storefront are the answer of today: they are listed below with the "
                "number of products in each."
            ),
            _(
                "Products come as SaaS, server images, licences, professional and consulting services, "
                "hardware, content, hosts and templates. Each product page says how it is delivered and "
                "how long that takes."
            ),
        ),
        acts=((_("All products"), "/search"),),
    ),
    Topic(
        "buy",
        "buy",
        _("How do I buy?"),
        (
            _(
                "Everything is shown before you say yes: the price with its working, tax, what comes "
                "later, how to leave, and which agreements you accept."
            ),
        ),
        (
            _("Find the product: search, open a room and filter, or take one of the popular applications."),
            _(
                "On its page choose the specification, how you pay, the term and the quantity. The price "
                "follows every change."
            ),
            _("Continue to the order. Tick the agreements, and the contact consent if the product needs one."),
            _(
                "Pay by card, from your balance, or in another way that your account has. Orders that are "
                "not paid within seven days end by themselves."
            ),
            _("Watch the delivery. When it is done, the application is among your subscriptions."),
        ),
        ((_("Find software"), "/search"), (_("My orders"), "/buyer/orders")),
        "gallery:order:create",
    ),
    Topic(
        "paying",
        "buy",
        _("Why is a way of paying missing?"),
        (
            _(
                "Sellers decide what they offer: some products exist only for a term, some only by use. A "
                "way of paying is shown exactly where the seller set a price for it."
            ),
            _("What was bought for a term can become pay-per-use only where both have a price."),
        ),
    ),
    Topic(
        "credit",
        "buy",
        _("Can I pay by credit or bank transfer?"),
        (
            _(
                "Ask for it in a ticket. After {operator} has checked it, orders can be paid on credit, "
                "and bank transfers are added to your balance."
            ),
        ),
        acts=((_("Raise a ticket"), "/account/tickets"),),
    ),
    Topic(
        "restricted",
        "buy",
        _("How do I buy a product for named accounts?"),
        (
            _(
                "Some products or specifications are sold only to accounts that the seller named. Contact "
                "the seller on the product page; once your account is named, the order button is there."
            ),
        ),
    ),
    Topic(
        "trial",
        "buy",
        _("How do trials work?"),
        (
            _(
                "A trial is an order of zero. Each account can try a product once. You hear from us "
                "before it ends; without a purchase it is frozen and later deleted."
            ),
            _("To keep it, convert the trial on the subscription’s page."),
        ),
        acts=((_("Products with a free trial"), "/search?terms=trial"),),
    ),
    Topic(
        "requirement",
        "buy",
        _("What if nothing meets my requirements?"),
        (
            _(
                "Submit a requirement: the operator reads it within three working days and passes it on "
                "to sellers that fit; they answer you here."
            ),
        ),
        acts=((_("Submit a requirement"), "/requirements/new"),),
    ),
    Topic(
        "purchased",
        "use",
        _("How do I view purchased applications?"),
        (
            _(
                "Open My subscriptions at the top of every page. Each has its addresses, its first "
                "password (shown once more on request, which is recorded), the seller’s contact, its "
                "orders and what happens next."
            ),
        ),
        acts=((_("My subscriptions"), "/buyer/subscriptions"),),
        permission="gallery:subscription:view",
    ),
    Topic(
        "use",
        "use",
        _("How do I use each kind of delivery?"),
        (
            _(
                "SaaS: the subscription shows the address, the user name and the first password as soon "
                "as the seller’s system has set it up, usually within minutes."
            ),
            _("Server image: the server is in your cloud; log in with the user of its operating system."),
            _(
                "Licence: the key or the file is on the subscription’s page; products that need a "
                "hardware code ask for it there."
            ),
            _(
                "Professional and consulting services: send your requirements, then accept each stage "
                "against the agreed criteria."
            ),
            _(
                "Hardware, content, hosts and templates: the subscription shows how far the delivery is, "
                "and what you need."
            ),
        ),
        acts=((_("My subscriptions"), "/buyer/subscriptions"),),
    ),
    Topic(
        "supervision",
        "use",
        _("How do I follow a supervised delivery?"),
        (
            _(
                "Services are delivered in stages with deadlines. You always see whose turn it is. The "
                "order stays in processing until you have accepted the delivery."
            ),
            _(
                "Check the seller’s proofs against the acceptance criteria and tick them one by one; if "
                "something is missing, reject with the reason."
            ),
        ),
        acts=((_("My orders"), "/buyer/orders?view=running"),),
        permission="gallery:delivery:accept",
    ),
    Topic(
        "appeal",
        "trouble",
        _("How do I appeal?"),
        (
            _(
                "If you and the seller do not agree about a delivery, appeal: say what is wrong, what you "
                "want, and add proofs. {operator} decides within three working days and tells you in a "
                "message."
            ),
        ),
        acts=((_("Raise a ticket"), "/account/tickets"),),
    ),
    Topic(
        "review",
        "use",
        _("How do I review a product?"),
        (
            _(
                "Accounts that bought a product can rate its quality, the service and the speed of "
                "delivery on the subscription’s page. The seller may answer in public."
            ),
        ),
        acts=((_("My subscriptions"), "/buyer/subscriptions"),),
    ),
    Topic(
        "renew",
        "change",
        _("How do I renew?"),
        (
            _(
                "Open the subscription and renew it, or renew several at once from the list of those that "
                "end soon. Renewal by itself is off unless you turn it on; then you hear from us seven "
                "days before each charge."
            ),
            _("What is not renewed is frozen at its end and deleted after the time of retention."),
        ),
        acts=((_("Ending soon"), "/buyer/subscriptions?view=expiring"),),
        permission="billing:subscription:renew",
    ),
    Topic(
        "change",
        "change",
        _("How do I change the specification?"),
        (
            _(
                "On the subscription’s page choose the new specification or quantity. An upgrade holds at "
                "once and costs the difference for the days that are left; a smaller one holds from the "
                "next term."
            ),
        ),
        acts=((_("My subscriptions"), "/buyer/subscriptions"),),
        permission="gallery:subscription:change",
    ),
    Topic(
        "unsubscribe",
        "change",
        _("How do I leave, and what comes back?"),
        (
            _(
                "Each product page says under Leaving which rule holds. Before you confirm you see what "
                "was paid, what was used, the fee, what comes back and where to, and when your data are "
                "deleted."
            ),
            _(
                "Renewals that have not begun come back in full. What has expired, trials and what is paid by use "
                "are released, with nothing to give back. Consumers in countries with a right of withdrawal find "
                "“Withdraw from contract here” in the same place."
            ),
        ),
        acts=((_("Unsubscriptions"), "/buyer/unsubscriptions"),),
        permission="billing:subscription:unsubscribe",
    ),
    Topic(
        "refund",
        "trouble",
        _("Why was my order refunded by itself?"),
        (
            _(
                "The seller’s system could not set the application up: it is tried again every hour for "
                "three hours. If it never succeeds, the order ends, the whole amount comes back the way "
                "it was paid, and a coupon can be used again."
            ),
        ),
        acts=((_("My orders"), "/buyer/orders"),),
    ),
    Topic(
        "processing",
        "trouble",
        _("Why does my order stay in processing?"),
        (
            _(
                "Usually a supervised delivery is open, or the seller’s system takes its time. The "
                "order’s page shows each step with its time and whose turn it is."
            ),
        ),
        acts=((_("My orders"), "/buyer/orders?view=running"),),
    ),
    Topic(
        "contact",
        "trouble",
        _("How do I contact a seller, and what if there is no answer?"),
        (
            _(
                "The seller’s hours, e-mail and phone are on the product page and on the page of each "
                "subscription, for people who are signed in."
            ),
            _(
                "If the seller does not answer after several tries, raise a ticket: {operator} steps in. "
                "Repeated complaints lead to the end of a product’s sale."
            ),
        ),
        acts=((_("Raise a ticket"), "/account/tickets"),),
    ),
    Topic(
        "problem",
        "trouble",
        _("What if I have a problem with a product?"),
        (
            _(
                "First the product’s guide, then the seller through the contact on the subscription’s "
                "page. For payments, orders and your account, raise a ticket."
            ),
        ),
        acts=((_("My subscriptions"), "/buyer/subscriptions"), (_("Raise a ticket"), "/account/tickets")),
        permission="gallery:ticket:manage",
    ),
    Topic(
        "validity",
        "use",
        _("Why does the term begin later than my payment?"),
        (_("The term begins when the delivery is done, not when you pay: waiting costs you nothing."),),
    ),
    Topic(
        "invoice",
        "money",
        _("How do I get an invoice?"),
        (
            _(
                "{operator} invoices what is bought here. Invoices appear with the monthly bill; until "
                "then each order’s page has its receipt."
            ),
        ),
        acts=((_("My orders"), "/buyer/orders"),),
        permission="billing:invoice:view",
    ),
    Topic(
        "agreements",
        "money",
        _("Where are the agreements that I accepted?"),
        (
            _(
                "Each order keeps the agreements in the versions that you accepted. All versions of the "
                "platform’s texts are public."
            ),
        ),
        acts=((_("Legal texts"), "/legal"),),
    ),
    Topic(
        "agencies",
        "change",
        _("How do I manage what the marketplace may do in my cloud?"),
        (
            _(
                "Where a delivery is made inside your cloud, you let the marketplace act there for "
                "exactly that. You see and take back these rights in your account."
            ),
        ),
        acts=((_("My account"), "/account/"),),
    ),
    Topic(
        "sign-in",
        "start",
        _("How can I sign in?"),
        (
            _(
                "With e-mail and password, with a passkey, and with a one-time code as the second step. "
                "If {operator} connected other sign-in providers, they are on the sign-in page; otherwise "
                "only marketplace accounts can sign in."
            ),
        ),
        acts=((_("Sign in"), "/account/login/"),),
    ),
    Topic(
        "sell",
        "sell",
        _("How do I sell here?"),
        (
            _(
                "Companies that are checked can publish. You describe the product, set specifications and "
                "prices, and connect one interface; it is tested for you before the review."
            ),
            _(
                "The interface is signed HTTP: your server hears when something is bought, renewed, "
                "changed, frozen or released, and answers. A sample server comes with the software, as "
                "source code."
            ),
            _(
                "Orders, usage, invoices and payouts are worked out by the marketplace, and every figure "
                "opens its working."
            ),
        ),
        (
            _("Register an account and complete the company’s data."),
            _("Apply as a seller; {operator} decides within {review.registration_days} working days."),
            _("Have your tax and bank data certified, connect your server and release the first product."),
        ),
        ((_("Become a seller"), "/seller/start"), (_("Register"), "/account/signup/")),
    ),
    Topic(
        "connect",
        "sell",
        _("How do I connect my server?"),
        (
            _(
                "The marketplace calls your server over HTTPS when something is bought, renewed, changed, frozen or "
                "released. Each call is signed with your interface key: check the signature, act, and answer in JSON "
                "within 5 seconds. The same call may come again and must then change nothing more."
            ),
            _(
                "A call of a purchase names the order only. What was bought, by whom and until when your server asks "
                "us: a request signed with an AK/SK pair of your account to "
                "/api/mkp-openapi-public/global/v1/order/query with orderId and orderLineId. Contact data is in the "
                "answer only if your product asks for it and the buyer agreed."
            ),
            _(
                "For trying there are mock orders that need no purchase: MOCKPERIODYEARNEW, MOCKONETIMENEW, "
                "MOCKONDEMAND, MOCKONDEMANDPKG, MOCKPERIODDAYTRIAL, MOCKMONTYTRIALTOFORMAL, MOCKMONTYUNSUBSCRIBE, "
                "MOCKMONTYRENEW and MOCKMONTYCHANGE."
            ),
            _(
                "A package for Python comes with the software: it checks signatures, gives each call to a function of "
                "yours, and queries orders. A command calls your server as the marketplace does and says what is wrong."
            ),
        ),
        (
            _("Make an interface key and add the address of your server; prove that its domain is yours."),
            _("Make an AK/SK pair and give it to your server; the secret key is shown once."),
            _("Try every activity in the debugging console, with a mock order for a purchase, and save the results."),
            _("Publish the product with this address."),
        ),
        ((_("AK/SK pairs"), "/account/keys"), (_("New pair"), "/account/keys/pair")),
    ),
    *help_selling.TOPICS,
)

BY_SLUG = {topic.slug: topic for topic in TOPICS}


@dataclass(frozen=True)
class Task:
    """A line of the help's entry table (B-SUP-001): what to do, where to do it, where to read about it, and the
    name of the figure that waits."""

    title: Any
    act: Any
    href: str
    topic: str
    waits: str = ""


TASKS: tuple[Task, ...] = (
    Task(_("Buy"), _("Storefront"), "/search", "buy", "to_pay"),
    Task(_("View purchased apps"), _("My subscriptions"), "/buyer/subscriptions", "purchased"),
    Task(_("Use each delivery type"), _("My subscriptions"), "/buyer/subscriptions", "use"),
    Task(
        _("Follow a supervised delivery"),
        _("Orders on their way"),
        "/buyer/orders?view=running",
        "supervision",
        "to_accept",
    ),
    Task(_("Appeal"), _("Tickets"), "/account/tickets", "appeal"),
    Task(_("Contact a seller"), _("My subscriptions"), "/buyer/subscriptions", "contact"),
    Task(_("Renew"), _("Ending soon"), "/buyer/subscriptions?view=expiring", "renew", "expiring"),
    Task(_("Change the specification"), _("My subscriptions"), "/buyer/subscriptions", "change"),
    Task(_("Unsubscribe"), _("Unsubscriptions"), "/buyer/unsubscriptions", "unsubscribe"),
    Task(_("Get an invoice"), _("My orders"), "/buyer/orders", "invoice"),
    Task(_("Manage agencies"), _("My account"), "/account/", "agencies"),
    Task(_("Raise a ticket"), _("Tickets"), "/account/tickets", "problem"),
)
