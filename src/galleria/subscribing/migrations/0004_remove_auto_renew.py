from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("subscribing", "0003_carry_over")]

    operations = [migrations.RemoveField(model_name="subscription", name="auto_renew")]
