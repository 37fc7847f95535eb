"""Files of release editors have one purpose, by which their readers are found."""

from typing import Any

from django.db import migrations

KNOWN = ("registration", "profile", "name", "storefront", "test_coupon", "asset", "removal", "release")


def one_purpose(apps: Any, schema_editor: Any) -> None:
    apps.get_model("kit", "StoredFile").objects.exclude(purpose__in=KNOWN).update(purpose="release")


class Migration(migrations.Migration):
    dependencies = [("kit", "0005_stored_file")]
    operations = [migrations.RunPython(one_purpose, migrations.RunPython.noop)]
