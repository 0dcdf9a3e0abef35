"""A step answers a factor or strength of its own debrief: kept by composite foreign keys."""

from django.db import migrations


def _link(column: str, parent: str) -> migrations.RunSQL:
    name = f"actions_step_{column}_same_debrief"
    return migrations.RunSQL(
        f"ALTER TABLE actions_step ADD CONSTRAINT {name} FOREIGN KEY (debrief_id, {column})"
        f" REFERENCES {parent} (debrief_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE actions_step DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("actions", "0001_initial"), ("debriefs", "0002_children_of_one_debrief")]
    operations = [_link("factor_id", "debriefs_factor"), _link("strength_id", "debriefs_strength")]
