"""Who hears which event. The only place that knows both ends."""

from __future__ import annotations

_connected = False


def connect() -> None:
    """Subscribe every handler once; called when the program starts."""
    global _connected
    if _connected:
        return
    _connected = True
    _sentences()
    _handlers()
    _jobs()


def _sentences() -> None:
    """What the audit record can say."""
    from galleria.assets import sentences as assets
    from galleria.audit import services as audit
    from galleria.buying import sentences as buying
    from galleria.connecting import sentences as connecting
    from galleria.delivering import sentences as delivering
    from galleria.operating import sentences as operating
    from galleria.parties import sentences as parties
    from galleria.paying import sentences as paying
    from galleria.pricing import sentences as pricing
    from galleria.publishing import sentences as publishing
    from galleria.releasing import sentences as releasing
    from galleria.reviewing import sentences as reviewing
    from galleria.selling import sentences as selling
    from galleria.subscribing import sentences as subscribing
    from galleria.supporting import sentences as supporting

    for package in (
        operating, parties, reviewing, selling, assets, publishing, buying, delivering, connecting, paying, pricing,
        subscribing, supporting, releasing,
    ):  # fmt: skip
        audit.register(package.SENTENCES)


def _handlers() -> None:
    """Each package subscribes to the packages below it."""
    from galleria.assets import handlers as assets
    from galleria.assets import ports as asset_ports
    from galleria.buying import handlers as buying
    from galleria.connecting import handlers as connecting
    from galleria.delivering import handlers as delivering
    from galleria.notifying import enquiries as enquiry_messages
    from galleria.notifying import handlers as notifying
    from galleria.notifying import joint as joint_messages
    from galleria.notifying import offers as offer_messages
    from galleria.notifying import sellers as seller_messages
    from galleria.pricing import handlers as pricing
    from galleria.pricing import importing as pricing_import
    from galleria.publishing import sellers as catalogue_sellers
    from galleria.publishing import uses
    from galleria.releasing import handlers as releasing
    from galleria.reporting import leaving
    from galleria.selling import handlers as selling
    from galleria.subscribing import handlers as subscribing

    selling.connect()
    assets.connect()
    asset_ports.register_users(uses.products_using)
    connecting.connect()
    releasing.connect()
    subscribing.connect()
    delivering.connect()
    buying.connect()
    notifying.connect()
    seller_messages.connect()
    offer_messages.connect()
    joint_messages.connect()
    enquiry_messages.connect()
    catalogue_sellers.connect()
    pricing.connect()
    leaving.connect()
    pricing_import.connect()


def _jobs() -> None:
    """Tasks register themselves when their module is imported."""
    import galleria.assets.jobs
    import galleria.buying.jobs
    import galleria.connecting.jobs
    import galleria.delivering.jobs
    import galleria.kit.files.tidying
    import galleria.ledger.jobs
    import galleria.notifying.jobs
    import galleria.paying.jobs
    import galleria.pricing.jobs
    import galleria.publishing.jobs
    import galleria.releasing.jobs
    import galleria.reviewing.jobs
    import galleria.subscribing.jobs  # noqa: F401
