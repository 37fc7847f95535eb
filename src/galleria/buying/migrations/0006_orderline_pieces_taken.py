"""How many pieces an order took out of the stock; so far every order of what is counted did."""

from typing import Any

from django.db import migrations, models
from django.db.models import F

UNPAID = ("pending_approval", "pending_confirmation", "pending_payment")


def note_pieces(apps: Any, schema_editor: Any) -> None:
    lines = apps.get_model("buying", "OrderLine").objects
    rows = lines.filter(order__state__in=UNPAID, order__kind__in=(1, 13), specification__stock__isnull=False)
    lines.filter(pk__in=rows.values("pk")).update(pieces_taken=F("quantity"))


class Migration(migrations.Migration):
    dependencies = [("buying", "0005_unsubscriptions")]
    operations = [
        migrations.AddField("orderline", "pieces_taken", models.PositiveIntegerField(default=0)),
        migrations.RunPython(note_pieces, migrations.RunPython.noop),
    ]
