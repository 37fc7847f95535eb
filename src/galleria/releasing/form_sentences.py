"""What the form of a product refuses, as whole sentences in the reader's language: what is wrong, and what to do.

The catalogue file's schema and checks say it in English and for people who see a line of a file (`phrases.Phrase`).
Here each of their templates has a sentence for people who stand before a field: page, API and review show these.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from django.utils.translation import gettext_lazy as _

from galleria.kit.errors import Text
from galleria.publishing.catalogue_file.phrases import Phrase

_ENTRIES = _("This has %(count)s entries. At most %(most)s are allowed; take some away.")

SENTENCES: Final[dict[str, Text]] = {
    # of the schema
    "is missing; add it": _("This is missing. Fill it in."),
    "is not a field; did you mean %(name)s?": _("There is no such field. Did you mean “%(name)s”?"),
    "is not a field; remove it": _("There is no such field. Remove it."),
    "%(given)sis not possible; use one of %(expected)s": _(
        "“%(value)s” is not possible here. Use one of: %(expected)s."
    ),
    "has %(count)s characters; at least %(least)s are allowed": _(
        "This has %(count)s characters. At least %(least)s are needed; write more."
    ),
    "has %(count)s characters; at most %(most)s are allowed": _(
        "This has %(count)s characters. At most %(most)s are allowed; shorten it."
    ),
    "%(given)sdoes not have the form of %(form)s": _("“%(value)s” does not have the right form. Write %(form)s."),
    "has %(count)s entries; at most %(most)s are allowed": _ENTRIES,
    "has %(count)s entries; at least %(least)s are allowed": _(
        "This has %(count)s entries. At least %(least)s are needed; add some."
    ),
    "%(given)sis out of range; it is at least %(limit)s": _("This is too small. Give at least %(limit)s."),
    "%(given)sis out of range; it is more than %(limit)s": _("This is too small. Give more than %(limit)s."),
    "%(given)sis out of range; it is at most %(limit)s": _("This is too large. Give at most %(limit)s."),
    "%(given)sis out of range; it is less than %(limit)s": _("This is too large. Give less than %(limit)s."),
    "%(given)sis not a whole number": _("This is not a whole number. Write digits only, such as 12."),
    "%(given)sis not yes or no": _("Only yes or no is possible here. Choose one."),
    "%(given)sis not a number": _("This is not a number. Write it like 12.50."),
    "%(given)sis not a date; write it like 2026-11-30": _("This is not a date. Write it like 2026-11-30."),
    "%(given)sis not a text": _("This has to be a text. Write it as words."),
    "%(given)sis not a list; begin every entry with a dash": _("This has to be a list. Write several entries."),
    "%(given)sis not a set of fields; write them as name: value": _(
        "This has to be a set of named fields. Write each with its name."
    ),
    "%(given)s%(message)s": _("This does not have the right form. Look at the description of the field."),
    # of its values
    'is not a price; write it like "9.00 EUR"': _("This is not a price. Write it like 9.00 EUR."),
    '%(value)r is not a price; write it like "9.00 EUR"': _("“%(value)s” is not a price. Write it like 9.00 EUR."),
    "%(code)s is not a currency code": _("“%(code)s” is not a currency. Write a code of three letters, such as EUR."),
    "is higher than %(most)s": _("This price is too high. At most %(most)s is possible."),
    "has several lines; one line is allowed here": _("One line is allowed here. Remove the line breaks."),
    "contains HTML; write plain text or Markdown": _("HTML is not allowed here. Write plain text or Markdown."),
    "the English text is empty; write it": _("The English text is missing. Write it."),
    "the %(language)s text has %(count)s characters; at most %(most)s are allowed": _(
        "The %(language)s text has %(count)s characters. At most %(most)s are allowed; shorten it."
    ),
    "an entry has %(count)s characters; 1 to %(most)s are allowed": _(
        "An entry has %(count)s characters. 1 to %(most)s are allowed; shorten it or take it away."
    ),
    "has not as many Chinese entries as English ones; translate all or none": _(
        "There are not as many Chinese entries as English ones. Translate all of them or none."
    ),
    "has more than 16 features; 16 are allowed": _("More than 16 features are given. Keep the 16 that matter most."),
    "%(name)r: a name has 1 to 60 characters, a value 1 to 120": _(
        "“%(name)s”: a name has 1 to 60 characters, a value 1 to 120. Shorten it."
    ),
    "has not as many Chinese features as English ones; translate all or none": _(
        "There are not as many Chinese features as English ones. Translate all of them or none."
    ),
    # of rules between fields
    "%(key)s is used twice; keys are different from each other": _(
        "The code “%(key)s” is used twice. Give each its own."
    ),
    "products delivered as %(delivery)s are never supervised; remove it": _(
        "Products delivered like this are never supervised. Remove it."
    ),
    "products delivered as %(delivery)s are always supervised; remove it": _(
        "Products delivered like this are always supervised. Remove it."
    ),
    "a supervised delivery needs delivery_days and acceptance": _(
        "A supervised delivery needs its duration in days and acceptance criteria. Fill in both."
    ),
    "only images, templates, hosts and licences have one; remove it": _(
        "Only images, templates, hosts and licences have an operating system. Remove it."
    ),
    "only SaaS products have this; remove it": _("Only SaaS products have this. Remove it."),
    "a trial needs a price per month or year": _(
        "A trial needs a price per month or year. Add one, or drop the trial."
    ),
    "names a country twice": _("A country is named twice. Name each once."),
    "give either licence or agreement, not both": _(
        "Choose a template of the marketplace or write an agreement of your own, not both."
    ),
    "a choice needs two or more options, others none": _(
        "A choice needs two or more options; a question of another kind has none."
    ),
    "is before published_on": _("The date of the change is before that of the publication. Correct one of them."),
    "are not in order; write the newest first": _("The versions are not in order. Write the newest first."),
    "is not the newest of versions, %(version)s; make them equal": _(
        "This is not the newest version in the list, which is %(version)s. Make them equal."
    ),
    "%(name)s is used twice": _("“%(name)s” is used twice. Each stands once."),
    "has more than %(most)s attributes of kind %(kind)s; %(most)s are allowed": _(
        "More than %(most)s of this kind are given. At most %(most)s choices or quantities are allowed."
    ),
    "is empty; a specification needs a price (0.00 for a free one)": _(
        "A specification needs a price; a free one has 0.00. Add one."
    ),
    "make %(count)s combinations; at most %(most)s are allowed": _(
        "These choices make %(count)s combinations. At most %(most)s are allowed; take options away."
    ),
    "%(mode)s is not sold as %(delivery)s; use one of %(allowed)s": _(
        "Products delivered like this are not sold in this way. Possible are: %(allowed)s."
    ),
    "is a second price for the same thing as prices[%(place)s]": _(
        "This prices what another price prices already. Keep one of the two."
    ),
    "a choice needs two or more options": _("A choice needs two or more options. Add some."),
    "minimum, maximum, step and unit are for quantities": _(
        "Smallest, largest, steps and unit belong to quantities. Remove them from a choice."
    ),
    "options are for choices; a quantity has minimum, maximum and step": _(
        "Options belong to choices. A quantity has a smallest and a largest value and steps."
    ),
    "%(least)s is above the maximum of %(most)s": _(
        "The smallest value, %(least)s, is above the largest, %(most)s. Change one of them."
    ),
    "%(least)s to %(most)s cannot be gone through in steps of %(step)s; change one of them": _(
        "From %(least)s one does not come to %(most)s in steps of %(step)s. Change one of them."
    ),
    "a %(model)s price has tiers instead of a price": _(
        "A price in bands has an amount for each band, and no single one. Remove it."
    ),
    "tiers belong to the models tiered and volume": _("Bands belong to tiered and volume prices. Remove them."),
    'is missing; write it like "9.00 EUR"': _("The price is missing. Write it like 9.00 EUR."),
    "%(key)s is not a quantity of this specification": _(
        "“%(key)s” is not a quantity of this specification. Choose one, or add it."
    ),
    "a %(model)s price needs the quantity that it is multiplied with": _(
        "This price model needs the quantity that the price is multiplied with. Choose one."
    ),
    "is not used by this price; remove it": _("This price does not use a quantity. Remove it."),
    "has more decimals than %(currency)s has": _("This has more decimals than %(currency)s has. Round it."),
    "names a choice or an option that this specification does not have": _(
        "This price is for a choice or an option that the specification does not have. Correct it."
    ),
    "is missing; a price per period says month or year": _("Say whether the price is per month or per year."),
    "is missing; say how many months or years can be bought, for example [1, 3, 6]": _(
        "Say how many months or years can be bought, for example 1, 3 and 6."
    ),
    "%(term)s is not sold; 1 to %(most)s %(period)ss are": _(
        "A term of %(term)s is not possible. Terms of 1 to %(most)s are."
    ),
    "are not in order; write each once, the shortest first": _(
        "The terms are not in order. Write each once, the shortest first."
    ),
    "period and terms belong to the mode period; remove them": _(
        "Only prices per month or year have a period and terms. Remove them."
    ),
    "is missing; say what is counted, for example page": _("Say what is counted, for example page or minute."),
    "is only for what is counted": _("Only prices by use and packages count something. Remove it."),
    "packages, and only they, say how much is included": _(
        "A package says how much is included; other prices do not. Correct it."
    ),
    "needs two or more bands": _("A price in bands needs two or more of them. Add some."),
    "all bands have the same currency": _("All bands have the same currency. Correct this one."),
    "is missing; only the last band is open": _("Only the last band has no end. Say where this one ends."),
    "%(up_to)s is not above %(previous)s; bands go upwards": _(
        "A band ends at %(up_to)s, which is not above %(previous)s. Write bands upwards."
    ),
    "leaves quantities without a price; leave it out in the last band": _(
        "Quantities above the last band have no price. Leave the end of the last band open."
    ),
}  # fmt: skip

FORMS: Final[dict[str, Text]] = {
    "a time of day: 08:30": _("a time of day, such as 08:30"),
    "a time zone: (GMT+01:00)": _("a time zone, such as (GMT+01:00)"),
    "a language code: en, sv or zh-Hans": _("a language code, such as en or zh-Hans"),
    "a currency: EUR": _("a currency, such as EUR"),
    "a country: SE": _("a country code, such as SE"),
    "small letters and digits, with single hyphens between: northwind-desk": _(
        "small letters and digits with single hyphens between, such as northwind-desk"
    ),
    "a category: data/backup": _("a category, such as data/backup"),
    "a code of small letters, digits and _: site_name": _("small letters, digits and underscores, such as site_name"),
    "capital letters, digits and _: AGR_EULA": _("capital letters, digits and underscores, such as AGR_EULA"),
    "capital letters and digits: AUTUMN26": _("capital letters and digits, such as AUTUMN26"),
    "an e-mail address: help@example.com": _("an e-mail address, such as help@example.com"),
    "an address that begins with https://": _("an address that begins with https://"),
    "a version: V1.0": _("a version, such as V1.0"),
}  # fmt: skip
"""What a pattern asks for."""

LANGUAGES: Final[dict[str, Text]] = {"English": _("English"), "Chinese": _("Chinese")}


def sentence_of(message: str) -> str:
    """What the form found, in the reader's language; unknown words are shown as they came, as a sentence."""
    template = message.template if isinstance(message, Phrase) else message
    values: Mapping[str, Any] = message.values if isinstance(message, Phrase) else {}
    known = SENTENCES.get(template)
    if known is None:
        return f"{message[:1].upper()}{message[1:]}"
    said = dict(values)
    if "form" in said:
        said["form"] = FORMS.get(str(said["form"]), said["form"])
    if "language" in said:
        said["language"] = LANGUAGES.get(str(said["language"]), said["language"])
    return str(known) % said if said else str(known)
