"""Periods and timers of what is held already."""

from django.db import migrations

from galleria.kit.ids import new_id


def carry_over(apps, schema_editor):
    """What is held already gets its renewal policy, the price of its order line, its first period and a timer.

    The first run of the clock plans each one's next event.
    """
    Subscription = apps.get_model("subscribing", "Subscription")
    Period = apps.get_model("subscribing", "Period")
    Timer = apps.get_model("subscribing", "Timer")
    OrderLine = apps.get_model("buying", "OrderLine")
    Subscription.objects.filter(auto_renew=True, is_trial=False).update(renewal="auto")
    last = 0
    while True:
        rows = list(Subscription.objects.filter(pk__gt=last).order_by("pk")[:500])
        if not rows:
            return
        last = rows[-1].pk
        lines = {
            line.public_id: line for line in OrderLine.objects.filter(public_id__in=[row.order_line_id for row in rows])
        }
        periods, timers = [], []
        for row in rows:
            line = lines.get(row.order_line_id)
            row.price_id = line.price_id if line else None
            if row.effective_at is None:
                continue
            periods.append(_period(Period, row, line))
            if row.expires_at is not None and row.state not in ("closing", "released", "failed"):
                # Another stamp than any: planned anew at the first run of the clock.
                timers.append(
                    Timer(
                        public_id=new_id("tmr"),
                        subscription=row,
                        state="idle",
                        done_through=row.effective_at,
                        settings_stamp=2_000_000_000,
                    )
                )
        Subscription.objects.bulk_update(rows, ["price"])
        Period.objects.bulk_create(periods)
        Timer.objects.bulk_create(timers)


def _period(Period, row, line):
    return Period(
        public_id=new_id("per"),
        subscription=row,
        number=1,
        kind="trial" if row.is_trial else "new",
        order_id=row.order_id,
        order_line_id=row.order_line_id,
        starts_at=row.effective_at,
        ends_at=row.expires_at,
        period_type=row.period_type,
        period_count=row.period_count,
        specification_id=row.specification_id,
        sku_id=row.sku_id,
        price_id=row.price_id,
        product_code=row.product_code,
        quantity=row.quantity,
        choices=row.choices,
        currency=row.currency,
        official_minor=row.official_minor,
        paid_minor=row.paid_minor,
        tax_minor=line.tax_minor if line else 0,
        coupon_minor=line.coupon_minor if line else 0,
        created_at=row.created_at,
    )


class Migration(migrations.Migration):
    dependencies = [
        ("buying", "0002_orderline_tax_minor"),
        ("subscribing", "0002_terms_and_timers"),
    ]

    operations = [migrations.RunPython(carry_over, migrations.RunPython.noop)]
