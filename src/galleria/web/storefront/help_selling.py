"""Questions of sellers and those who want to be (S-FAQ-001 to 003). `{review.release_days}` and other keys of operator
settings are replaced by the values in force, so that no figure here can grow old (S-FAQ-T1)."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext_lazy as _

from galleria.web.storefront.help_text import Topic

BECOMING, RELEASING, MATERIAL, MONEY = "sell-becoming", "sell-releasing", "sell-material", "sell-money"
GROUPS: dict[str, Any] = {
    BECOMING: _("Becoming a seller"),
    RELEASING: _("Releasing and running products"),
    MATERIAL: _("What a release needs"),
    MONEY: _("Orders, bills and payouts of sellers"),
}

_REGISTER = (_("Become a seller"), "/seller/start")
_PRODUCTS = (_("My products"), "/seller/products")
_NEW = (_("New product"), "/seller/products/new")
_RELEASES = (_("My releases"), "/seller/releases")
_ORDERS = (_("My orders"), "/seller/orders")
_CERTIFY = (_("Certification"), "/seller/certification")
_PROFILE = (_("Seller’s data"), "/seller/profile")
_RECIPIENTS = (_("Recipients of messages"), "/seller/recipients")


def _topic(
    slug: str, group: str, title: Any, *paragraphs: Any, steps: tuple[Any, ...] = (),
    acts: tuple[tuple[Any, str], ...], permission: str = "",
) -> Topic:  # fmt: skip
    return Topic(slug, group, title, paragraphs, steps, acts, permission)


TOPICS: tuple[Topic, ...] = (
    # --- becoming a seller ---
    _topic(
        "become-seller", BECOMING, _("How do I become a seller?"),
        _("Every account can apply. {operator} decides within {review.registration_days} working days and tells you in "
          "a message and by mail, with reasons if something is missing."),
        steps=(
            _("Open an account and complete the company’s data."),
            _("Fill in the registration form, add the documents and accept the agreements."),
            _("After the approval have your tax and bank data certified: that takes {review.certification_days} "
              "working days more."),
            _("Release the first product."),
        ),
        acts=(_REGISTER, _CERTIFY),
    ),
    _topic(
        "conditions", BECOMING, _("What are the conditions for registering?"),
        _("The company has existed for at least {registration.min_age_years} years, its registered capital is about "
          "{registration.min_capital} or more, and some {registration.min_staff} people work in development and "
          "service. It offers software or services of its own, or is authorised by their owner."),
        _("{operator} may ask for more documents, and looks at each application by itself."),
        acts=(_REGISTER,),
    ),
    _topic(
        "certificates", BECOMING, _("Which certificates does registration need?"),
        _("The current business licence, or what registers a company in your country. Name and address must be those "
          "of the form. Tax numbers are asked for where your country has them."),
        _("Copyright certificates of software come later, with each product."),
        acts=(_REGISTER,),
    ),
    _topic(
        "registration-time", BECOMING, _("How long does the review of a registration take?"),
        _("{review.registration_days} working days. Week-ends and the holidays of {operator} do not count. The page of "
          "your application shows the day until which it is decided."),
        acts=(_REGISTER,),
    ),
    _topic(
        "individual", BECOMING, _("Can a private person become a seller?"),
        _("Private persons are admitted at this marketplace: {registration.allow_individual}. Companies are always."),
        acts=(_REGISTER,),
    ),
    _topic(
        "deposit", BECOMING, _("Do I have to pay a deposit?"),
        _("No. Registration, certification and releases cost nothing; {operator} keeps a share of what you sell."),
        acts=(_REGISTER,),
    ),
    _topic(
        "benefits", BECOMING, _("What does registration bring?"),
        _("A storefront of your own, customers who pay on one bill, delivery by your own server, and test coupons "
          "of up to {test_coupon.product_limit} a product and {test_coupon.year_limit} a year."),
        _("Prices, tax, invoices and payouts are worked out for you, and every figure opens its working."),
        acts=((_("Test coupons"), "/seller/test-coupons"), (_("Storefront"), "/seller/storefront")),
    ),
    _topic(
        "release-at-once", BECOMING, _("May I release products right after the approval of my registration?"),
        _("Not before your tax and bank data are certified. It takes {review.certification_days} working days; you can "
          "write the release meanwhile."),
        acts=(_CERTIFY, _NEW),
    ),
    _topic(
        "company-name", BECOMING, _("How do I change the company’s name?"),
        _("For the same legal entity: send the new licence and the proof of the change. It is decided within "
          "{review.profile_days} working days; afterwards the data are certified again."),
        _("Another legal entity needs a registration of its own."),
        acts=((_("Change the name"), "/seller/profile/name"),), permission="seller:info:manage",
    ),
    _topic(
        "register-again", BECOMING, _("Can the same account register again after leaving?"),
        _("No. Another account of the company may; {operator} can make an exception."),
        acts=((_("Leave as a seller"), "/seller/exit"),),
    ),
    # --- releasing and running products ---
    _topic(
        "release-product", RELEASING, _("How do I release a product?"),
        _("Drafts save themselves, and what is missing is said beside each field while you write."),
        steps=(
            _("Open your products and start a new one; choose how it is delivered."),
            _("Fill in texts, pictures, specifications, prices, support and agreement. Have assets scanned and connect "
              "your server where the kind of delivery needs it."),
            _("Look at the preview, and submit it."),
            _("Once it is approved it is on sale at once."),
        ),
        acts=(_PRODUCTS, _NEW), permission="seller:product:release",
    ),
    _topic(
        "release-time", RELEASING, _("How long does the review of a release take?"),
        _("{review.release_days} working days. It may take up to twice as long when {review.many_a_day} or more "
          "submissions of one seller come on one day; then that is said on their pages."),
        _("A product is released when all of its information is approved. What is returned carries the reasons beside "
          "the fields; change it and submit it again."),
        acts=(_RELEASES,), permission="seller:product:release",
    ),
    _topic(
        "review-results", RELEASING, _("Where do I see the result of a review?"),
        _("On the page of the release, in your messages, by mail to your address, and by mail to the recipients whom "
          "you named for it."),
        acts=(_RELEASES, _RECIPIENTS, (_("Messages"), "/account/messages")),
    ),
    _topic(
        "remove-product", RELEASING, _("How do I take a product out of the catalogue?"),
        _("Ask for the removal of the product, of a specification or of single prices, with the reason. It is decided "
          "within {review.removal_days} working days, at once if no subscription runs, and cannot be undone."),
        _("To take it out of lists only, hide it: running subscriptions and its address stay."),
        acts=(_PRODUCTS,), permission="seller:product:manage",
    ),
    _topic(
        "product-validity", RELEASING, _("How long does a product stay on sale?"),
        _("Without end, until you remove it. {operator} may take down what breaks the rules, or whose seller does not "
          "answer a notice of a problem within {problem.answer_hours} hours."),
        acts=(_PRODUCTS, (_("Violations"), "/seller/violations")),
    ),
    _topic(
        "trial-specification", RELEASING, _("How do I offer a trial of a SaaS product?"),
        _("Give the product a free trial of {release.trial_least} to {release.trial_most} days, and submit it. Its "
          "specification needs a monthly or yearly price."),
        acts=(_PRODUCTS,), permission="seller:product:release",
    ),
    _topic(
        "image-asset", RELEASING, _("Why can I not choose an image as an asset?"),
        _("It must be an image of a system disk, made from a public base image, usable, and lie in one of these "
          "regions: {asset.image_regions}. The page of the asset says which of these is missing."),
        acts=((_("Assets"), "/seller/assets"),), permission="seller:asset:manage",
    ),
    _topic(
        "who-supports", RELEASING, _("Who supports the customers, the seller or the operator?"),
        _("You do, at the hours and through the contacts on the product’s page. A customer who cannot reach you writes "
          "to {operator}, who urges you and may take the product down."),
        acts=((_("Service and support"), "/seller/profile/service"),),
    ),
    # --- what a release needs ---
    _topic(
        "material-name", MATERIAL, _("What must the name of a product be?"),
        _("What the software is called, as in its copyright certificate, with at most {release.name_most} characters. "
          "No version, price or phone number, nothing exaggerated, and not the name of {operator}."),
        acts=(_NEW,),
    ),
    _topic(
        "material-logo", MATERIAL, _("What must the logo be?"),
        _("A PNG of {release.logo_side} × {release.logo_side} pixels and at most {release.picture_mb} MB: clear, "
          "drawn, no screenshot, best with a transparent background."),
        acts=(_NEW,),
    ),
    _topic(
        "material-overview", MATERIAL, _("What belongs into the overview?"),
        _("{release.summary_least} to {release.summary_most} characters of plain text: what it is for, and for whom."),
        acts=(_NEW,),
    ),
    _topic(
        "material-description", MATERIAL, _("What belongs into the description?"),
        _("At least {release.description_least} characters, or up to {release.description_pictures} pictures of "
          "{release.description_width_least} to {release.description_width_most} pixels width and at least "
          "{release.description_height_least} pixels height."),
        acts=(_NEW,),
    ),
    _topic(
        "material-pictures", MATERIAL, _("May the description hold pictures?"),
        _("Yes, up to {release.description_pictures} of at most {release.picture_mb} MB each, as JPG or PNG. They show "
          "the product, without contact data and codes."),
        acts=(_NEW,),
    ),
    _topic(
        "material-agreement", MATERIAL, _("What must the licence agreement be?"),
        _("A contract between you and the customer that is accepted online: no blanks to fill, no seals, no place of "
          "signing. It protects personal data and fits this product. A template is offered."),
        acts=(_NEW,),
    ),
    _topic(
        "material-support", MATERIAL, _("What must be said about support?"),
        _("Hours with their time zone, what is covered, a phone number and a mail address: at least "
          "{release.support_hours_a_day} hours on {release.support_days} days a week, in English or the language of "
          "the region. Who cannot be reached is taken down."),
        acts=(_NEW, (_("Service and support"), "/seller/profile/service")),
    ),
    _topic(
        "material-guide", MATERIAL, _("What must the user guide be?"),
        _("How to sign in and use the product after the purchase; for images also the ports to open. A document, "
          "presentation or archive of at most {release.document_mb} MB, no brochure."),
        acts=(_NEW,),
    ),
    _topic(
        "material-letter", MATERIAL, _("When is a letter of authorisation needed?"),
        _("When you sell what somebody else owns: a current letter, signed by the owner, that names you and the "
          "product."),
        acts=(_NEW,),
    ),
    _topic(
        "material-certificate", MATERIAL, _("What must the copyright certificate show?"),
        _("The name of the product and you as its owner, in a file of at most {release.document_mb} MB. If one of them "
          "differs, add the declaration that fits. Only reviewers see it."),
        acts=(_NEW,),
    ),
    # --- orders, bills, payouts ---
    _topic(
        "fee-share", MONEY, _("Where do I see what the marketplace keeps?"),
        _("On the price page of each product, with what a buyer pays and what you get; a dash where nothing is kept. "
          "The share is fixed when the product is released."),
        acts=(_PRODUCTS, _ORDERS), permission="seller:order:view",
    ),
    _topic(
        "no-bill", MONEY, _("Why is an order on no bill?"),
        _("An order is settled when you are certified, it is in effect, its supervised delivery is finished or there "
          "is none, and the customer has paid. The condition that is missing is the reason."),
        acts=(_ORDERS, _CERTIFY), permission="seller:order:view",
    ),
    _topic(
        "supervised-settlement", MONEY, _("When is an order settled whose delivery was not accepted by the bill day?"),
        _("In the month in which the delivery is finished."),
        acts=(_ORDERS,), permission="seller:order:view",
    ),
    _topic(
        "service-validity", MONEY, _("Why does the term of a service differ from the real delivery?"),
        _("If the proof of the delivery does not say when the service was enabled, the term begins with the "
          "acceptance."),
        acts=(_ORDERS,), permission="seller:order:view",
    ),
    _topic(
        "seller-appeal", MONEY, _("How do I appeal in a supervised delivery?"),
        _("At any time, from the order: say the reason, and add proofs. If the customer cannot be reached, add a "
          "letter of commitment. It is decided within {appeal.sla_working_days} working days."),
        acts=(_ORDERS, (_("Raise a ticket"), "/seller/profile/tickets")), permission="seller:delivery:act",
    ),
    _topic(
        "payout-time", MONEY, _("When am I paid after a bill was made?"),
        _("After the bill was countersigned and your invoice was checked. The expected date is on the bill."),
        acts=(_PROFILE, _CERTIFY), permission="seller:settlement:view",
    ),
    _topic(
        "seller-invoice", MONEY, _("When do I write the invoice?"),
        _("When the notice asks for it, not before: it comes as a message, and by mail to the recipients whom you "
          "named."),
        acts=(_RECIPIENTS, (_("Messages"), "/account/messages")), permission="seller:invoice:manage",
    ),
    _topic(
        "payment-rejected", MONEY, _("My payout was rejected. What now?"),
        _("If the invoice is missing, write it; it is checked, and the payout goes on. Otherwise raise a ticket."),
        acts=((_("Raise a ticket"), "/seller/profile/tickets"),), permission="seller:settlement:view",
    ),
    _topic(
        "export-bills", MONEY, _("Can orders and bills be exported?"),
        _("Yes: exactly the rows that you filtered, as a table for spreadsheets."),
        acts=(_ORDERS,), permission="seller:order:export",
    ),
)  # fmt: skip
