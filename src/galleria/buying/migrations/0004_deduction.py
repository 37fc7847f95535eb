from __future__ import annotations

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("buying", "0003_orderline_held"),
        ("subscribing", "0004_remove_auto_renew"),
    ]

    operations = [
        migrations.CreateModel(
            name="Deduction",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("expires_at", models.DateTimeField()),
                ("planned_at", models.DateTimeField()),
                ("state", models.CharField(max_length=8)),
                ("code", models.CharField(blank=True, max_length=40)),
                ("reason", models.CharField(blank=True, max_length=300)),
                ("order_id", models.CharField(blank=True, db_index=True, max_length=64)),
                ("currency", models.CharField(blank=True, max_length=3)),
                ("due_minor", models.BigIntegerField(default=0)),
                ("tried_at", models.DateTimeField()),
                ("finished_at", models.DateTimeField(blank=True, null=True)),
                (
                    "subscription",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="deductions",
                        to="subscribing.subscription",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("subscription", "expires_at", "planned_at"), name="one_deduction")
                ],
            },
        ),
    ]
