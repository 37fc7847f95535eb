"""The sections of the product editor and their fields, in the order in which they are filled (S-MAT-001 to 022)."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from galleria.kit import files
from galleria.web.seller.editor_fields import Section
from galleria.web.seller.editor_form import Field

SOLD = frozenset({"image", "saas", "license", "professional", "hardware", "content", "host", "template"})
SUPERVISED = frozenset({"saas", "license", "professional", "hardware", "template"})
SOFTWARE = frozenset({"image", "saas", "license", "template", "host"})
SAAS = frozenset({"saas"})
IMAGE = frozenset({"image"})
LICENSE = frozenset({"license"})
SERVICE = frozenset({"professional"})
CONSULTING = frozenset({"consulting"})
DOCUMENT_TYPES = ",".join(files.DOCUMENTS)

_OPTION = (
    Field("name", _("Option"), translated=True, most=80),
    Field("key", pgettext_lazy("in the document", "Code"), narrow=True, most=80),
)

LISTING = Section(
    "listing",
    _("Listing"),
    _("What buyers read first"),
    (
        Field(
            "name",
            _("Name"),
            translated=True,
            most=64,
            required=True,
            help=_("As in the software copyright certificate; no price, version or telephone number."),
        ),
        Field(
            "slug",
            _("Address of the page"),
            most=120,
            fixed=True,
            help=_("/products/… Small letters, digits and dashes; empty: made from the name."),
        ),
        Field("version", _("Version"), most=40, narrow=True, help=_("Such as V1.0 or V2.0.1."), methods=SOFTWARE),
        Field("operating_system", _("Operating system"), most=40, narrow=True, methods=IMAGE | LICENSE),
        Field(
            "summary",
            _("Overview"),
            look="area",
            lines=2,
            translated=True,
            most=200,
            required=True,
            help=_("One or two sentences, 10 to 200 characters. Cards and search show it."),
        ),
        Field(
            "highlights",
            _("Highlights"),
            look="bullets",
            lines=4,
            translated=True,
            help=_("One a line: up to 5, each of 10 to 100 characters."),
        ),
        Field(
            "description",
            _("Description"),
            look="markdown",
            lines=14,
            translated=True,
            most=20_000,
            required=True,
            help=_("At least 400 characters, or with pictures below. Headings, lists, tables and links in Markdown."),
        ),
        Field(
            "description_pictures",
            _("Pictures in the description"),
            look="files",
            accept="png,jpg",
            most_rows=5,
            help=_("Up to 5, PNG or JPG, 900 to 1200 px wide and at least 800 px high."),
        ),
        Field(
            "cases",
            _("Customer cases"),
            look="rows",
            item=_("case"),
            most_rows=10,
            fields=(
                Field("title", _("Title"), translated=True, most=120),
                Field("customer", _("Customer"), most=120, narrow=True),
                Field("text", _("What it was about"), look="area", lines=3, translated=True, most=800),
                Field("result", _("Result"), look="area", lines=2, translated=True, most=400),
            ),
        ),
        Field("private_cloud", _("An edition for private or hybrid clouds"), look="check", methods=SOFTWARE),
        Field("seo.title", _("Title for search engines"), translated=True, most=80),
        Field("seo.description", _("Description for search engines"), look="area", lines=2, translated=True, most=200),
        Field(
            "seo.keywords",
            _("Search words"),
            look="bullets",
            lines=3,
            translated=True,
            help=_("One a line: up to 10, each of up to 20 characters."),
        ),
    ),
    icon="file",
)

MEDIA = Section(
    "media",
    _("Media"),
    _("Logo, pictures and videos"),
    (
        Field(
            "logo_file",
            _("Logo"),
            look="file",
            accept="png",
            required=True,
            help=_("PNG, exactly 120 × 120 px, up to 5 MB; best with a transparent background."),
        ),
        Field(
            "media",
            _("Pictures"),
            look="rows",
            item=_("picture"),
            most_rows=5,
            help=_(
                "Up to 5 together: PNG, JPG or GIF, 800 × 600 px, up to 5 MB. They show the product, not only its name."
            ),
            fields=(
                Field("file", _("Picture"), look="file", accept="png,jpg,gif"),
                Field(
                    "caption",
                    _("What it shows"),
                    translated=True,
                    most=120,
                    help=_("Read out to people who do not see the picture."),
                ),
            ),
        ),
    ),
    icon="eye",
)

CATEGORIES = Section(
    "categories",
    _("Categories"),
    _("Where buyers find it"),
    (
        Field("category", _("Category"), look="select", required=True, options=lambda each: each.categories),
        Field(
            "tags",
            _("Tags"),
            look="bullets",
            lines=5,
            translated=True,
            options=lambda each: each.tags,
            help=_("One a line, up to 5."),
        ),
    ),
    icon="box",
)

SPECIFICATIONS = Section(
    "specifications", _("Specifications and prices"), _("Editions, what buyers choose, what it costs"), icon="layers"
)

DELIVERY = Section(
    "delivery",
    _("Delivery"),
    _("What happens after the purchase"),
    (
        Field(
            "interface.address",
            _("Production address"),
            look="select",
            methods=SAAS,
            required=True,
            options=lambda each: each.addresses,
            help=_("One https address for everything, its domain proven under Application access."),
        ),
        Field(
            "interface.path",
            _("Path below it"),
            methods=SAAS,
            most=200,
            narrow=True,
            help=_("Such as /galleria; empty for none."),
        ),
        Field(
            "interface.encryption",
            _("Encryption of passwords and codes"),
            look="select",
            methods=SAAS,
            narrow=True,
            options=(("", _("Not chosen")), ("AES128", "AES-128"), ("AES256", "AES-256")),
        ),
        Field(
            "contact_consent",
            _("Ask buyers to pass user name, e-mail and mobile to you"),
            look="check",
            methods=SAAS,
            help=_("Checkout asks for their consent."),
        ),
        Field(
            "supervised",
            _("Under service supervision"),
            look="check",
            methods=SAAS,
            fixed=True,
            help=_("For what needs work of yours first. It is settled after the buyer accepts; fixed after release."),
        ),
        Field(
            "extra_parameters",
            _("Asked from the buyer at purchase"),
            look="rows",
            item=_("question"),
            most_rows=3,
            methods=SAAS,
            fields=(
                Field("label", _("Question"), translated=True, most=60),
                Field(
                    "key",
                    pgettext_lazy("in the document", "Code"),
                    most=32,
                    narrow=True,
                    help=_("Small letters, digits, underscores."),
                ),
                Field(
                    "kind",
                    _("Kind of answer"),
                    look="choice",
                    options=(("text", _("Text")), ("number", _("Number")), ("choice", _("One of some"))),
                ),
                Field(
                    "options",
                    _("Answers to choose from"),
                    look="rows",
                    item=_("answer"),
                    most_rows=20,
                    tight=True,
                    fields=_OPTION,
                ),
                Field("required", _("Must be answered"), look="check"),
                Field("help", _("Help"), translated=True, most=160),
            ),
        ),
        Field(
            "image.pricing",
            _("Priced"),
            look="choice",
            methods=IMAGE,
            options=(("instance", _("per server")), ("vcpu", _("per vCPU"))),
        ),
        Field(
            "image.free",
            _("Free image: costs nothing, for every account"),
            look="check",
            methods=IMAGE,
            help=_("Its price cannot be changed afterwards."),
        ),
        Field(
            "image.ports", _("Ports and first sign-in"), look="area", lines=3, translated=True, most=400, methods=IMAGE
        ),
        Field(
            "licence_form",
            _("What is delivered"),
            look="choice",
            required=True,
            methods=LICENSE,
            options=(
                ("offline", _("Licence file or key, by hand")),
                ("package", _("Software package")),
                ("code", _("Authorisation code")),
            ),
        ),
        Field(
            "service_template",
            _("Steps of the delivery"),
            look="choice",
            required=True,
            methods=LICENSE | SERVICE,
            options=(("standard", _("Standard")), ("website", _("Website building"))),
        ),
        Field(
            "delivery_days",
            _("Usual time until delivered, in days"),
            look="number",
            methods=SUPERVISED,
            narrow=True,
            help=_("Calendar days, 1 to 365."),
        ),
        Field(
            "acceptance",
            _("When the delivery counts as done"),
            look="area",
            lines=4,
            translated=True,
            most=2_000,
            methods=SUPERVISED,
        ),
        Field(
            "delivery_template",
            _("Template of the delivery document"),
            look="file",
            accept=DOCUMENT_TYPES,
            methods=SUPERVISED,
        ),
        Field(
            "request_templates",
            _("Forms that buyers fill in and send"),
            look="files",
            accept="doc,docx,xls,xlsx",
            most_rows=10,
            methods=SUPERVISED,
        ),
        Field(
            "delivery_promise",
            _("Promise"),
            translated=True,
            most=120,
            methods=SOLD,
            help=_("A few words, such as “about one minute”."),
        ),
        Field(
            "unsubscription",
            _("Leaving"),
            look="choice",
            methods=SOLD,
            options=(
                ("", _("As usual for this delivery method")),
                ("platform", _("By the marketplace's rules")),
                ("negotiated", _("You and the buyer agree")),
                ("none", _("Not possible")),
            ),
        ),
        Field("guide", _("Guide on the product page"), look="markdown", lines=8, translated=True, most=20_000),
        Field(
            "guide_file",
            _("User guide"),
            look="file",
            accept=DOCUMENT_TYPES,
            help=_("How to sign in and use it: PDF, Word, PowerPoint, ZIP or RAR, up to 20 MB."),
        ),
        Field(
            "website",
            _("Your website"),
            methods=CONSULTING,
            most=200,
            required=True,
            help=_("https://… of your company."),
        ),
        Field("contact.name", _("Contact"), methods=CONSULTING, most=120),
        Field("contact.email", _("E-mail"), methods=CONSULTING, most=254, required=True),
        Field("contact.phone", _("Telephone"), methods=CONSULTING, most=40),
    ),
    icon="run",
)

TRIALS = Section(
    "trials",
    _("Trials and limits"),
    _("Who may try it, how often it is bought"),
    (
        Field(
            "trial_days",
            _("Free trial, in days"),
            look="number",
            methods=SAAS,
            narrow=True,
            help=_("3 to 180 days on monthly and yearly prices; empty for none."),
        ),
        Field(
            "purchase_limit.per_account",
            _("Most purchases of an account"),
            look="number",
            narrow=True,
            help=_("Empty for no limit."),
        ),
        Field("purchase_limit.days", _("within days"), look="number", narrow=True, help=_("Empty: ever.")),
        Field("purchase_limit.one_at_a_time", _("No second one before the first ends"), look="check"),
        Field("accepts_credit", _("Buyers may pay by credit (joint operations only)"), look="check"),
    ),
    methods=SOLD,
    icon="clock",
)

REGIONS = Section(
    "regions",
    _("Regions"),
    _("Where it is sold"),
    (
        Field(
            "state",
            _("Public sale"),
            look="choice",
            methods=SOLD,
            options=(
                ("", _("Public: in lists and search")),
                ("hidden", _("Hidden: only who has the address finds it")),
            ),
        ),
        Field(
            "restricted",
            _("Only for accounts that you name"),
            look="check",
            methods=SOLD,
            help=_("You name them on the product's page after the release."),
        ),
        Field("regions", _("Countries"), look="countries", options=lambda each: each.sold_in),
    ),
    icon="globe",
)

AGREEMENTS = Section(
    "agreements",
    _("Agreements and papers"),
    _("What buyers accept; what reviewers need"),
    (
        Field(
            "licence",
            _("End user agreement"),
            look="select",
            options=lambda each: each.licences,
            methods=SOLD,
            help=_("Accepted at checkout. Choose a template or write your own."),
        ),
        Field("agreement.name", _("Name of your own agreement"), translated=True, most=200, methods=SOLD),
        Field(
            "agreement.versions",
            _("Your own agreement"),
            look="rows",
            item=_("version"),
            most_rows=40,
            methods=SOLD,
            fields=(
                Field("version", _("Version"), most=20, narrow=True),
                Field("effective_on", _("In force from"), look="date", narrow=True),
                Field("text", _("Text"), look="markdown", lines=10, translated=True, most=40_000),
                Field("change_note", _("What changed"), most=300),
            ),
        ),
        Field(
            "copyright.certificate",
            _("Software copyright certificate"),
            look="file",
            accept=DOCUMENT_TYPES,
            methods=SOFTWARE,
            help=_("PDF, Word, PowerPoint, ZIP or RAR, up to 20 MB. Only reviewers see it."),
        ),
        Field("copyright.software_name", _("Name of the software in it"), most=200, methods=SOFTWARE),
        Field("copyright.owner", _("Owner in it"), most=200, methods=SOFTWARE),
        Field(
            "copyright.differs",
            _("What differs from this product"),
            look="choice",
            methods=SOFTWARE,
            options=(
                ("", _("Nothing")),
                ("name", _("The name")),
                ("owner", _("The owner")),
                ("other", _("Something else")),
            ),
        ),
        Field(
            "copyright.declaration",
            _("Declaration about the difference"),
            look="file",
            accept=DOCUMENT_TYPES,
            methods=SOFTWARE,
        ),
        Field("letter.owner", _("Owner, when you sell what another company made"), most=200),
        Field("letter.file", _("Its letter that allows it"), look="file", accept=DOCUMENT_TYPES),
        Field(
            "private_certificate.certificate",
            _("Technical certificate of the private cloud edition"),
            look="file",
            accept=DOCUMENT_TYPES,
            methods=SOFTWARE,
        ),
        Field("private_certificate.certificate_name", _("Name in that certificate"), most=200, methods=SOFTWARE),
    ),
    icon="shield",
)

SUPPORT = Section(
    "support",
    _("Support"),
    _("Who helps after the purchase, and when"),
    (
        Field(
            "after_sales.time_zone",
            _("Time zone"),
            look="select",
            required=True,
            narrow=True,
            options=(
                ("", _("Choose a time zone")),
                *(
                    (zone, zone)
                    for zone in (
                        f"(GMT{sign}{hour:02d}:{minute})"
                        for sign, hour, minute in (
                            *(("-", hour, "00") for hour in range(12, 0, -1)),
                            *(("+", hour, "00") for hour in range(15)),
                            ("+", 5, "30"),
                            ("+", 9, "30"),
                        )
                    )
                ),
            ),
        ),
        Field(
            "after_sales.hours",
            _("Hours"),
            look="rows",
            item=_("period of time"),
            most_rows=7,
            required=True,
            help=_("At least 8 hours a day on 5 days a week."),
            fields=(
                Field("days", _("Days"), look="days"),
                Field("opens", _("From"), look="time", narrow=True),
                Field("closes", _("To"), look="time", narrow=True),
            ),
        ),
        Field("after_sales.email", _("E-mail for help"), most=254, required=True, narrow=True),
        Field("after_sales.service_email", _("E-mail of customer service, if another"), most=254, narrow=True),
        Field("after_sales.hotline", _("Hotline"), most=40, narrow=True),
        Field("after_sales.services", _("What the support covers"), look="area", lines=4, translated=True, most=1_000),
        Field(
            "after_sales.languages",
            _("Languages"),
            look="bullets",
            lines=2,
            help=_("Codes, one a line: en, de, zh-Hans."),
        ),
    ),
    icon="chat",
)

SECTIONS: tuple[Section, ...] = (
    LISTING,
    MEDIA,
    CATEGORIES,
    SPECIFICATIONS,
    DELIVERY,
    TRIALS,
    REGIONS,
    AGREEMENTS,
    SUPPORT,
)


def sections_for(method: str) -> list[Section]:
    """The sections that a product of this delivery method has."""
    return [each for each in SECTIONS if each.is_for(method)]
