"""What belongs together belongs to the same debrief: kept by composite foreign keys, so no view can mix it up."""

from django.db import migrations

# (child table, its column, parent table)
LINKS = (
    ("debriefs_draft", "prompt_id", "debriefs_prompt"),
    ("debriefs_perspective", "prompt_id", "debriefs_prompt"),
    ("debriefs_perspective", "theme_id", "debriefs_theme"),
    ("debriefs_vote", "theme_id", "debriefs_theme"),
    ("debriefs_factor", "theme_id", "debriefs_theme"),
    ("debriefs_strength", "theme_id", "debriefs_theme"),
    ("debriefs_timelineentry", "beside_id", "debriefs_timelineentry"),
)


def _link(child: str, column: str, parent: str) -> migrations.RunSQL:
    name = f"{child}_{column}_same_debrief"
    return migrations.RunSQL(
        f"ALTER TABLE {child} ADD CONSTRAINT {name} FOREIGN KEY (debrief_id, {column})"
        f" REFERENCES {parent} (debrief_id, id) DEFERRABLE INITIALLY DEFERRED",
        f"ALTER TABLE {child} DROP CONSTRAINT {name}",
    )


class Migration(migrations.Migration):
    dependencies = [("debriefs", "0001_initial")]
    operations = [_link(*link) for link in LINKS]
