"""The sentence of every finding: what is wrong and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Text
from galleria.releasing.form_sentences import sentence_of
from galleria.releasing.rules.found import Level, Wrong


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong or doubtful in a release. `path`: like `specifications.0.prices.1.price`."""

    path: str
    level: Level
    code: str
    message: str

    @property
    def is_blocking(self) -> bool:
        return self.level == "error"


SENTENCES: Final[dict[str, Text]] = {
    "MISSING": _("This is missing. Fill it in."),
    "TOO_LONG": _("This has %(length)s characters; at most %(most)s are allowed."),
    "TOO_SHORT": _("This has %(length)s characters; at least %(least)s are needed."),
    "TOO_MANY": _("These are %(count)s; at most %(most)s are allowed."),
    "NOT_FOR_RELEASES": _("This is not decided by a release. Remove it."),
    "HIDDEN_CHARACTERS": _("This holds characters that nobody sees: %(names)s. Type it again."),
    "SALES_MODEL": _("Choose a common product or joint operations."),
    "STATE": _("A release puts a product on sale, listed or hidden. Ask for a removal under Products."),
    "NAME_HAS_VERSION": _("The name has a version in it. Put it into the field Version."),
    "NAME_HAS_PRICE": _("The name speaks of a price or discount. Leave it out."),
    "NAME_HAS_CONTACT": _("The name has a phone number or an address in it. Leave it out."),
    "NAME_EXAGGERATES": _("The name promises more than it says. Describe what the product does."),
    "NAME_HAS_BRAND": _("The name uses “%(term)s”, which belongs to the operator. Leave it out."),
    "NAME_NEEDS_SUFFIX": _("The name of a private cloud edition ends with %(suffix)s."),
    "VERSION_FORM": _("Write the version like V1.0 or V2.1.3."),
    "LOGO_TYPE": _("A logo is a PNG picture; this is %(type)s."),
    "LOGO_SIZE": _("A logo is %(side)s x %(side)s pixels; this is %(width)s x %(height)s."),
    "CATEGORY_NOT_LEAF": _("%(category)s cannot be chosen. Choose a category that has none below it."),
    "SLUG_TAKEN": _("Another product has the address %(slug)s. Choose another one."),
    "TAG_UNKNOWN": _("“%(tag)s” is not one of the tags of this marketplace."),
    "VIDEO_TYPE": _("A video is MP4 or WebM; this is %(type)s."),
    "PICTURE_TYPE": _("A picture is JPEG, PNG or GIF where it moves; this is %(type)s."),
    "PICTURE_SIZE": _("The picture is %(width)s x %(height)s pixels; it has to be %(wanted)s."),
    "HAS_CONTACT": _("Leave out phone numbers, addresses and codes."),
    "DESCRIPTION_SHORT": _("A description without pictures has at least %(least)s characters; this has %(length)s."),
    "DESCRIPTION_PICTURE_SIZE": _(
        "The picture is %(width)s x %(height)s pixels; it has to be %(least)s to %(most)s wide and at least "
        "%(height_least)s high."
    ),
    "AGREEMENT_MISSING": _("Give an end user agreement: your own text, or the template."),
    "LICENCE_UNKNOWN": _("%(licence)s is not a template of this marketplace."),
    "AGREEMENT_BLANKS": _("The agreement has a blank to fill in: %(found)s. Buyers accept it as it stands."),
    "AGREEMENT_SEALS": _("The agreement asks for a seal or a place of signing. It is accepted online; leave that out."),
    "AGREEMENT_PERSONAL_DATA": _("The agreement does not say how personal data is protected."),
    "TIME_ZONE_MISSING": _("Give the time zone of the service time, like (GMT+01:00)."),
    "SUPPORT_HOURS": _("Somebody answers %(hours)s hours a week; at least %(least)s are needed."),
    "SUPPORT_DAYS": _("Somebody has to answer on %(days)s days a week for %(hours)s hours."),
    "SUPPORT_LANGUAGE": _("Support is in English or in the language of the region. Check the languages."),
    "GUIDE_MISSING": _("Give a user guide: a text, or a file."),
    "GUIDE_ASKS_PRICE": _("The guide asks readers to ask for a price. Leave that out; prices are on the page."),
    "GUIDE_LINK": _("The guide links to %(link)s. Links lead only to addresses of this marketplace's infrastructure."),
    "GUIDE_PORTS": _("Say which ports have to be opened, and how to log in."),
    "FILE_MISSING": _("Upload a file."),
    "FILE_UNKNOWN": _("This file is not there any more. Upload it again."),
    "FILE_TYPE": _("A file of the kind %(type)s cannot be used here. Use one of %(types)s."),
    "FILE_TOO_LARGE": _("The file has %(size)s MB; at most %(most)s are allowed."),
    "CERTIFICATE_MISSING": _("Upload the certificate."),
    "NAME_DIFFERS": _(
        "The certificate is for “%(software)s”, the product is called “%(product)s”. Upload the declaration for "
        "different names."
    ),
    "OWNER_DIFFERS": _(
        "The certificate is owned by %(owner)s, the seller is %(seller)s. Upload the declaration for different owners, "
        "or the owner's letter."
    ),
    "LETTER_MISSING": _("Upload the signed letter of the owner."),
    "DAYS_OUT_OF_RANGE": _("Give 1 to %(most)s calendar days."),
    "ACCEPTANCE_MISSING": _("Say by what buyers recognise that the delivery is complete."),
    "ASSET_MISSING": _("Choose the asset that is delivered."),
    "ASSET_UNKNOWN": _("This asset is not there, or it belongs to somebody else."),
    "ASSET_KIND": _("An asset of the kind %(kind)s cannot be delivered this way."),
    "ASSET_NOT_APPROVED": _("This version of the asset is %(state)s. Only an approved one can be released."),
    "FREE_BY_VCPU": _("An image that is priced by vCPU cannot be free."),
    "FREE_HAS_PRICE": _("A free image costs nothing. Set the price to 0.00."),
    "VCPU_NEEDS_QUANTITY": _(
        "A price by vCPU is multiplied with the number of vCPUs. Choose a linear or tiered price."
    ),
    "INTERFACE_MISSING": _("Choose the address where your interface answers."),
    "ADDRESS_UNPROVEN": _("This address is not proven to be yours. Verify its domain under Application access."),
    "CASES_MISSING": _("Debug your interface first. Without a saved case: %(activities)s."),
    "ONE_BILLING_FAMILY": _("A specification is sold by month and year, or once, not both. Make another one."),
    "REQUEST_TEMPLATE_MISSING": _("Upload the template of the request that buyers fill in."),
    "SAY_SERVICE": _("Say in the name or in the description that this is a service."),
    "NOT_HTTPS": _("Give an address that begins with https://."),
    "NOT_COMPANY_DOMAIN": _("Give the website of the company, with its own domain."),
    "NOT_SOLD_HERE": _("A consulting service is shown, not sold. Remove the prices."),
    "NOT_FOR_CONSULTING": _("A consulting service does not have this. Remove it."),
    "HARDWARE_NOT_OPEN": _("Hardware is open to sellers whom the operator admitted. Ask the operator."),
    "ALWAYS_SUPERVISED": _("Products of this kind are always supervised."),
    "JOINT_ONLY": _("Only joint operations products have a certificate."),
    "JOINT_CERTIFICATE_MISSING": _("Choose the certificate of the joint operations programme."),
    "JOINT_CERTIFICATE_UNKNOWN": _("This certificate is not valid, or it belongs to another company."),
    "JOINT_DIFFERS": _("This differs from what was certified: %(certified)s."),
    "JOINT_PRICE": _("The operator sets the prices of joint operations products. Agreed is %(agreed)s."),
    "BANNED": _("You may not release anything until %(until)s."),
    "NOT_CERTIFIED": _("Your business information is not certified yet. Have it certified first."),
    "SAME_NAME": _("Two specifications are called “%(name)s”. Give them different names."),
    "TWO_DECIMALS": _("A price has at most two decimals."),
    "PRICE_ZERO": _("A price is greater than 0."),
    "PACKAGE_NEEDS_USE": _("A usage package needs a price by use of the same meter, %(meter)s, beside it."),
    "ONE_CURRENCY": _("All prices of a product have one currency; these are %(currencies)s."),
    "TRIAL_DAYS": _("A trial lasts %(least)s to %(most)s days."),
    "TRIAL_ONLY_SAAS": _("Only SaaS products have a trial."),
    "TRIAL_NEEDS_PERIOD": _("A trial needs a price per month or year; what is sold once has none."),
    "TRIAL_JOINT": _("A trial of a joint operations product has to be agreed with the operator beforehand."),
    "REGION_NOT_CERTIFIED": _(
        "You are not certified for %(countries)s. Have your business information certified there."
    ),
    "FIXED": _("This cannot be changed after the release. It is: %(before)s."),
    "SUPERVISION_FIXED": _("Whether the delivery is supervised cannot be changed after the release."),
    "FREE_IMAGE_FIXED": _("An image that was set as free stays free."),
    "ALL_REMOVED": _("All specifications of this product are removed; nothing can be added or changed."),
    "REMOVED_STAYS_REMOVED": _("A removed specification stays removed. Add a new one."),
    "REMOVE_BY_REQUEST": _("Ask for the removal of this specification under Products; a release cannot remove it."),
    "SPECIFICATION_DELETED": _(
        "The specification %(key)s is released and cannot be deleted. Add the new one first, then ask for its removal."
    ),
    "MODE_IN_USE": _("Buyers hold this specification with the billing mode %(mode)s; it has to stay."),
    "PACKAGE_DELETED": _("A released usage package cannot be deleted, only removed: %(meter)s."),
    "SKU_REMOVED": _("The combination %(combination)s was removed and cannot be sold again."),
}

UPGRADE_SENTENCES: Final[dict[str, Text]] = {
    "same": _("Choose two different SKUs."),
    "specification": _("Both SKUs have to be of the same specification."),
    "removed": _("A removed SKU cannot be upgraded."),
    "mode": _("Both SKUs have to be sold by the same period, month or year."),
    "price": _("The target has to cost more than the source."),
}


def worded(wrong: Wrong) -> Finding:
    """The finding with its sentence in the active language."""
    values = dict(wrong.values)
    if wrong.code == "FORM":
        return Finding(wrong.path, wrong.level, wrong.code, sentence_of(values["text"]))
    return Finding(wrong.path, wrong.level, wrong.code, str(SENTENCES[wrong.code]) % values)
