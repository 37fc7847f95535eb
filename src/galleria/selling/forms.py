"""The forms: application, certification, profile, change of name, storefront. Limits as in the seller rules."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from galleria.kit.files import MB, Picture
from galleria.selling.fields import LOGO, PROOF, Data, Field, Group, Upload


def _fixed_term(data: Data) -> bool:
    return data.get("business_term") == "fixed"


def _has_operator_contact(data: Data) -> bool:
    return data.get("operator_contact") == "yes"


def _is_eu_tax(data: Data) -> bool:
    return data.get("eu_tax") == "yes"


EMPLOYEES = (
    ("1-14", _("1 to 14")), ("15-49", _("15 to 49")), ("50-199", _("50 to 199")), ("200-999", _("200 to 999")),
    ("1000+", _("1,000 and more")),
)  # fmt: skip
TERMS = (("open", _("Without an end")), ("fixed", _("Until a date")))

COMPANY = Group(
    "company",
    _("Company"),
    (
        Field("company_name", _("Registered name of the company"), read_only=True,
              help=_("From your account. Change it there before you apply.")),
        Field("registration_number", _("Registration number"), limit=60, help=_("As on the licence.")),
        Field("website", _("Company website"), "url", 200,
              help=_("Of the company, not the sign-in page of a product. It must answer when you submit.")),
        Field("business_term", _("Business term"), "choice", options=TERMS, help=_("According to the licence.")),
        Field("business_until", _("Business term ends on"), "date", when=_fixed_term),
        Field("founded_on", _("Founded on"), "date", help=_("At least a year ago.")),
        Field("employees", _("Number of employees"), "choice", options=EMPLOYEES),
        Field("staff", _("Of these technical and service staff"), "number", 1_000_000, least=0),
        Field("capital", _("Registered capital"), "amount"),
        Field("capital_currency", _("Currency of the capital"), "currency", 3),
        Field("licence", _("Business licence"), "file", upload=PROOF,
              help=_("The latest one: JPG, PNG or PDF, 10 MB.")),
        Field("licence_until", _("Licence valid until"), "date", optional=True, help=_("Empty when it has no end.")),
        Field("introduction", _("About the company"), "lines", 1000, least=1,
              help=_("1 to 1,000 characters. Buyers read it on your page.")),
        Field("country", _("Country"), "country", read_only=True),
        Field("province", _("State or province"), limit=100, optional=True),
        Field("city", _("City"), limit=100),
        Field("district", _("District"), limit=100, optional=True),
        Field("street", _("Street and number"), limit=200, help=_("As on the latest licence.")),
        Field("logo", _("Company logo"), "file", upload=LOGO, help=_("JPG or PNG, up to 5 MB.")),
        Field("operator_contact", _("Do you know somebody at the operator?"), "yes"),
        Field("operator_contact_name", _("Name"), limit=120, when=_has_operator_contact),
        Field("operator_contact_phone", _("Mobile"), "phone", 40, when=_has_operator_contact),
        Field("operator_contact_email", _("E-mail"), "email", 254, when=_has_operator_contact),
    ),
)  # fmt: skip
TAX = Group(
    "tax",
    _("Tax"),
    (
        Field("eu_tax", _("Is the company tax resident, or has it a permanent establishment, in an EU country?"),
              "yes"),
        Field("tins", _("Tax identification numbers"), "tins", when=_is_eu_tax,
              help=_("Of every EU country that gave the company one.")),
        Field("account_holder", _("Holder of the bank account, if it is not the company"), limit=200, optional=True),
    ),
    note=_("Marketplaces have to report sellers to the tax offices of the EU (Directive 2021/514)."),
)  # fmt: skip
CONTACTS = Group(
    "contacts",
    _("Contacts"),
    (
        Field("contact_name", _("Contact person"), limit=120),
        Field("contact_phone", _("Mobile"), "phone", 40),
        Field("contact_email", _("E-mail"), "email", 254, help=_("You prove it with a code that we send there.")),
        Field("service_phone", _("Customer service: phone"), "phone", 40, help=_("Shown to customers.")),
        Field("service_email", _("Customer service: e-mail"), "email", 254,
              help=_("Shown to customers. The operator’s warnings go there as well.")),
        Field("service_hours", _("Customer service: hours"), "hours", 120,
              help=_("At least 8 hours on 5 days, such as Mon-Fri 09:00-17:00 (CET).")),
    ),
)  # fmt: skip
APPLICATION = (COMPANY, TAX, CONTACTS)
APPLICATION_FIELDS = tuple(field for group in APPLICATION for field in group.fields)

TAX_RATES = (("general", _("General taxpayer")), ("small", _("Small-scale taxpayer")), ("exempt", _("Exempt")))
CERTIFICATION = (
    Group("company", _("Company"), (
        Field("company_name", _("Registered name of the company"), read_only=True),
        Field("address", _("Address"), limit=400),
    )),
    Group("tax", _("Tax"), (
        Field("tax_number", _("Tax number"), limit=40),
        Field("taxpayer", _("Taxpayer identity"), "choice", options=TAX_RATES),
        Field("tax_rate", _("Tax rate in per cent"), "number", 100, optional=True),
    )),
    Group("contact", _("Financial contact"), (
        Field("finance_name", _("Name"), limit=120),
        Field("finance_phone", _("Phone"), "phone", 40),
        Field("finance_email", _("E-mail"), "email", 254),
    )),
    Group("bank", _("Bank"), (
        Field("account_name", _("Account name"), limit=200, help=_("Exactly the registered name of the company.")),
        Field("account_number", _("Account number or IBAN"), limit=40, help=_("Kept encrypted.")),
        Field("bank_name", _("Name of the bank"), limit=120),
        Field("bank_address", _("Address of the bank"), limit=400),
        Field("swift", _("SWIFT code"), limit=11, help=_("8 or 11 letters and digits.")),
    )),
    Group("related", _("Related parties"), (
        Field("related", _("Is the company related to the operator or its staff?"), "yes",
              help=_("By ownership, management or family.")),
        Field("related_text", _("How"), "lines", 1000, when=lambda data: data.get("related") == "yes"),
    )),
)  # fmt: skip
CERTIFICATION_FIELDS = tuple(field for group in CERTIFICATION for field in group.fields)
CONSENT = Field("privacy", _("We agree that these data are processed to pay us and to report taxes."), "yes")

PROFILE = (
    Group("shown", _("What buyers see"), (
        Field("name", _("Name shown to buyers"), limit=120),
        Field("about", _("About the company"), "lines", 1000, least=1, help=_("1 to 1,000 characters.")),
        Field("about_zh", _("About the company, in Chinese"), "lines", 1000, optional=True),
        Field("website", _("Company website"), "url", 200),
        Field("logo", _("Company logo"), "file", upload=LOGO, optional=True, help=_("JPG or PNG, up to 5 MB.")),
        Field("service_phone", _("Customer service: phone"), "phone", 40),
        Field("service_email", _("Customer service: e-mail"), "email", 254),
    )),
    Group("company", _("Company"), (
        Field("contact_name", _("Contact person"), limit=120),
        Field("contact_phone", _("Mobile"), "phone", 40),
        Field("contact_email", _("E-mail"), "email", 254),
        Field("licence", _("Business licence"), "file", upload=PROOF, optional=True,
              help=_("The latest one: JPG, PNG or PDF, 10 MB.")),
        Field("licence_until", _("Licence valid until"), "date", optional=True),
    )),
)  # fmt: skip
PROFILE_FIELDS = tuple(field for group in PROFILE for field in group.fields)

NAME = (
    Group("name", _("New name"), (
        Field("new_name", _("New registered name"), limit=200),
        Field("registration_number", _("Registration number"), limit=60,
              help=_("It must be the same as before: the company itself has not changed.")),
        Field("licence", _("New business licence"), "file", upload=PROOF, help=_("JPG, PNG or PDF, 10 MB.")),
        Field("proof", _("Official proof of the change of name"), "file", upload=PROOF,
              help=_("JPG, PNG or PDF, 10 MB.")),
    )),
)  # fmt: skip
NAME_FIELDS = tuple(field for group in NAME for field in group.fields)

CERTIFICATES = Upload(
    ("jpg", "png"), 5 * MB, is_public=True, picture=Picture(least_width=900, most_width=1200), most_files=5
)
STOREFRONT = (
    Group("brand", _("Film or picture"), (
        Field("media", _("Brand film or picture"), "file", optional=True,
              upload=Upload(("jpg", "png", "mp4", "mov"), 100 * MB, is_public=True,
                            picture=Picture(width=780, height=440)),
              help=_("MP4 or MOV up to 100 MB, or a JPG or PNG of 780 × 440 pixels.")),
    )),
    Group("story", _("Story"), (
        Field("story", _("Introduction"), "lines", 2000, optional=True),
        Field("strengths", _("Strengths"), "lines", 2000, optional=True),
        Field("vision", _("Vision"), "lines", 2000, optional=True),
    )),
    Group("certificates", _("Certificates"), (
        Field("certificates", _("Pictures of certificates"), "files", optional=True, upload=CERTIFICATES,
              help=_("Up to 5, JPG or PNG, 900 to 1,200 pixels wide, 5 MB each.")),
    )),
)  # fmt: skip
STOREFRONT_FIELDS = tuple(field for group in STOREFRONT for field in group.fields)
CHANGES = {"profile": PROFILE, "name": NAME, "storefront": STOREFRONT}
TEST_COUPON_DOCUMENT = Upload(("pdf", "jpg", "png"), 10 * MB)
EVIDENCE = Upload(("pdf", "jpg", "png", "docx", "zip"), 20 * MB)


def fields_of(groups: tuple[Group, ...]) -> dict[str, Field]:
    """The fields of a form by their key."""
    return {field.key: field for group in groups for field in group.fields}
