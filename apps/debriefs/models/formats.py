from typing import Any, ClassVar

from django.db import models, transaction
from django.db.models import Q, Value
from django.db.models.functions import Lower
from django.utils.translation import gettext_lazy as _

from apps.debriefs.formats import FORMATS
from apps.teams.models import Team
from apps.web.verdict import Refused

NAME_TAKEN = _("The team has a format of this name already.")


class Side(models.TextChoices):
    WRONG = "wrong", _("went wrong")
    RIGHT = "right", _("went right")
    EXPECTED = "expected", _("expected")
    SURPRISE = "surprise", _("surprise")
    LUCK = "luck", _("luck")


class TeamFormat(models.Model):
    """A team's own set of prompts, copied from one of ours and then edited."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="formats")
    name = models.CharField(_("name"), max_length=80)
    description = models.CharField(_("description"), max_length=300, blank=True)
    # [{"side", "title", "help", "example"}], in order; validated by the form, frozen into Prompt rows per debrief.
    prompts = models.JSONField(default=list)

    class Meta:
        verbose_name = _("format")
        constraints = (models.UniqueConstraint("team", Lower("name"), name="format_name_once_in_team"),)

    def __str__(self) -> str:
        return self.name

    @classmethod
    def copy_of(cls, key: str, *, team: Team, name: str) -> "TeamFormat":
        """The same form sent twice finds the copy that the first one made, as long as nobody has edited it."""
        built_in = FORMATS[key]
        prompts = [
            {"side": p.side, "title": str(p.title), "help": str(p.help), "example": str(p.example)}
            for p in built_in.prompts
        ]
        with transaction.atomic():
            namesake = cls._namesake(team, name)
            if namesake and namesake.prompts == prompts:
                return namesake
            if namesake:
                raise Refused(NAME_TAKEN)
            return cls.objects.create(
                team=team, name=name, description=str(built_in.description)[:300], prompts=prompts
            )

    def rewrite(self, *, name: str, description: str, prompts: list[dict[str, str]]) -> None:
        """Debriefs that have begun hold copies of the prompts and do not change."""
        with transaction.atomic():
            if TeamFormat._namesake(self.team, name, but=self.pk):
                raise Refused(NAME_TAKEN)
            if not TeamFormat.objects.filter(pk=self.pk).exists():
                raise Refused(_("Somebody has removed this format a moment ago. What you typed is still here."))
            self.name, self.description, self.prompts = name, description, prompts
            self.save(update_fields=["name", "description", "prompts"])

    @classmethod
    def _namesake(cls, team: Team, name: str, *, but: int | None = None) -> "TeamFormat | None":
        """One lock a team: the question and the insert that follows are one act."""
        Team.objects.select_for_update(no_key=True).get(pk=team.pk)
        alike = cls.objects.annotate(lower=Lower("name")).filter(team=team, lower=Lower(Value(name)))
        return (alike.exclude(pk=but) if but else alike).first()


def format_choices(team: Team) -> list[tuple[str, str]]:
    """Every format this team can choose: ours by key, its own as `team:<id>`."""
    own = [(f"team:{one.pk}", one.name) for one in team.formats.order_by(Lower("name"))]
    return [(key, str(one.name)) for key, one in FORMATS.items()] + own


def prompts_of(format_key: str, team: Team) -> tuple[str, list[dict[str, Any]]]:
    """The name and prompts behind a key of `format_choices`; KeyError for a key that is not this team's."""
    if format_key.startswith("team:"):
        own = team.formats.filter(pk=format_key.removeprefix("team:")).first()
        if own is None:
            raise KeyError(format_key)
        return own.name, own.prompts
    built_in = FORMATS[format_key]
    return str(built_in.name), [
        {"side": p.side, "title": str(p.title), "help": str(p.help), "example": str(p.example)}
        for p in built_in.prompts
    ]


class Prompt(models.Model):
    """One question of one debrief; a copy, so that editing a format later changes no debrief that has begun."""

    debrief = models.ForeignKey("debriefs.Debrief", on_delete=models.CASCADE, related_name="prompts")
    side = models.CharField(max_length=10, choices=Side)
    title = models.CharField(max_length=120)
    help = models.CharField(max_length=400, blank=True)
    example = models.CharField(max_length=300, blank=True)
    position = models.PositiveSmallIntegerField()

    class Meta:
        ordering: ClassVar = ["position"]
        constraints = (
            models.UniqueConstraint(fields=["debrief", "position"], name="prompt_position_once"),
            models.UniqueConstraint(fields=["debrief", "id"], name="prompt_of_debrief"),
            models.CheckConstraint(condition=Q(side__in=Side.values), name="prompt_side_is_known"),
        )

    def __str__(self) -> str:
        return self.title
