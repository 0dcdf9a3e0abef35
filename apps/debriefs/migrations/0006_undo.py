import uuid

import django.db.models.deletion
from django.db import migrations, models

from apps.debriefs.phases import Phase


class Migration(migrations.Migration):
    dependencies = [("debriefs", "0005_the_meeting_live")]
    operations = [
        migrations.CreateModel(
            name="Undo",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                ("phase", models.CharField(choices=Phase.choices, max_length=16)),
                ("until", models.DateTimeField(db_index=True)),
                ("rows", models.JSONField(default=list)),
                (
                    "debrief",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="+", to="debriefs.debrief"
                    ),
                ),
            ],
            options={"verbose_name": "undo"},
        ),
    ]
