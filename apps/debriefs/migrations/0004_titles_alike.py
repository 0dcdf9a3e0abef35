"""Titles are compared by their trigrams, while a new one is typed."""

from django.contrib.postgres.indexes import GinIndex, OpClass
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("debriefs", "0003_dots_outlive_accounts")]
    operations = [
        TrigramExtension(),
        migrations.AddIndex("debrief", GinIndex(OpClass("title", name="gin_trgm_ops"), name="debrief_title_trigrams")),
    ]
