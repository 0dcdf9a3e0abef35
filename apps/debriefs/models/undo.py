"""The way back of a change: what its rows were before it, and what it left of them. One mechanism for every verb."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.apps import apps
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, connection, models, transaction
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.debriefs.models.debrief import Debrief
from apps.debriefs.models.themes import regions_of_cards
from apps.debriefs.phases import Phase
from apps.web.verdict import Refused

# The button is there for eight seconds, and for as long as somebody points at it or has tabbed to it.
LIFE = timedelta(seconds=60)
TOO_LATE = _("It is too late to undo this, or it has been undone already. Nothing was changed.")
OVERTAKEN = _("Somebody has gone on from there in the meantime, so it cannot be undone any more. Nothing was changed.")
# These only ever go forward.
COUNTERS = {"seq", "replan"}

Fields = dict[str, Any]
Rows = dict[tuple[str, str], Fields]


class Undo(models.Model):
    """What one change did, row by row.

    It is kept here and not in a link, a cookie or Redis: it may hold the words that were removed, and whose dots lay
    on a theme. It names nobody: whose way back it is stands in the signature of the link.
    """

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    debrief = models.ForeignKey(Debrief, on_delete=models.CASCADE, related_name="+")
    phase = models.CharField(max_length=16, choices=Phase)
    until = models.DateTimeField(db_index=True)
    # [{"model", "pks", "was", "left"}]: `was` is none for a row that the change made, `left` for one that it removed.
    rows = models.JSONField(default=list)

    class Meta:
        verbose_name = _("undo")

    objects: ClassVar = models.Manager()

    def __str__(self) -> str:
        return str(self.pk)

    def token(self, person: User) -> str:
        return _signer(self.debrief_id, person).sign(self.pk.hex)

    @property
    def regions(self) -> list[str]:
        """What of the room shows these rows."""
        cards = [pk for row in self.rows if row["model"] == "debriefs.perspective" for pk in row["pks"]]
        others = ["themes"] if cards else []
        others += [getattr(apps.get_model(row["model"]), "region", "") for row in self.rows]
        numbers = self.debrief.perspectives.filter(pk__in=cards).values_list("position", flat=True) if cards else ()
        return [*regions_of_cards([*numbers]), *dict.fromkeys(region for region in others if region)]

    def bring_back(self) -> None:
        """Every row as it was, if each is still as the change left it; else Refused, and nothing is changed.

        A debrief that went to another phase in the meantime refuses as any verb does.
        """
        try:
            with transaction.atomic():
                self.debrief._require(Phase(self.phase))
                if not Undo.objects.filter(pk=self.pk).delete()[0]:
                    raise Refused(TOO_LATE)
                for row in sorted(self.rows, key=lambda row: (row["left"] is not None, row["was"] is None)):
                    _put_back(**row)
                connection.check_constraints()
                self.debrief._changed(*self.regions, replan="questions" in self.regions)
        except IntegrityError:
            raise Refused(OVERTAKEN) from None


@contextmanager
def way_back(debrief: Debrief, *touched: Any, at: datetime) -> Iterator[Undo]:
    """Remember what the block does to these objects, to whatever points at them, and to the rows of these querysets."""
    undo = Undo(debrief=debrief, until=at + LIFE)
    asked = [query for one in touched for query in _queries(one)]
    with transaction.atomic():
        # Every verb of the room holds the debrief's row, so nobody else changes these between the two looks.
        debrief._require(*Phase)
        undo.phase = debrief.phase
        before = _look(asked)
        yield undo
        undo.rows = _differences(before, _look(asked, before))
        Undo.objects.filter(debrief=debrief, until__lt=at).delete()
        undo.save(force_insert=True)


def undo_of(debrief: Debrief, token: str, *, by: User, at: datetime) -> Undo | None:
    """None for a token that is not this person's in this debrief. Refused when its time is over."""
    try:
        key = uuid.UUID(_signer(debrief.pk, by).unsign(token))
    except (BadSignature, ValueError):
        return None
    undo = Undo.objects.filter(pk=key, debrief=debrief, until__gte=at).first()
    if undo is None:
        raise Refused(TOO_LATE)
    undo.debrief = debrief
    return undo


def forget_the_past(at: datetime) -> None:
    """What is over; rows that somebody is just using are theirs to delete."""
    with transaction.atomic():
        over = Undo.objects.filter(until__lt=at).select_for_update(skip_locked=True).values_list("pk", flat=True)
        Undo.objects.filter(pk__in=list(over)).delete()


def _signer(debrief_id: int, person: User) -> Signer:
    return Signer(salt=f"debriefs.undo:{debrief_id}:{person.pk}")


def _queries(touched: Any) -> list[models.QuerySet[Any]]:
    if isinstance(touched, models.QuerySet):
        return [touched]
    pk = touched.pk  # gone from the object once it is deleted
    pointing = [
        (relation.related_model._base_manager, relation.field.name)
        for relation in touched._meta.get_fields(include_hidden=True)
        if relation.auto_created and (relation.one_to_many or relation.one_to_one)
    ]
    return [type(touched)._base_manager.filter(pk=pk), *(rows.filter(**{name: pk}) for rows, name in pointing)]


def _look(asked: Iterable[models.QuerySet[Any]], known: Iterable[tuple[str, str]] = ()) -> Rows:
    """The rows that these find now, and those already known, wherever they point by now."""
    by_model: dict[str, list[str]] = {}
    for label, pk in known:
        by_model.setdefault(label, []).append(pk)
    again = [apps.get_model(label)._base_manager.filter(pk__in=pks) for label, pks in by_model.items()]
    return {(one._meta.label_lower, str(one.pk)): _packed(one) for query in (*asked, *again) for one in query.all()}


def _packed(one: models.Model) -> Fields:
    fields = [field for field in one._meta.concrete_fields if field.name not in COUNTERS]
    return {
        field.attname: None if field.value_from_object(one) is None else field.value_to_string(one) for field in fields
    }


def _unpacked(model: type[models.Model], fields: Fields) -> Fields:
    to_python = {field.attname: field.to_python for field in model._meta.concrete_fields}
    return {name: None if value is None else to_python[name](value) for name, value in fields.items()}


def _differences(before: Rows, after: Rows) -> list[dict[str, Any]]:
    """Rows that changed alike stand together: a merge moves many cards in the same way."""
    found: dict[str, dict[str, Any]] = {}
    for label, pk in {**before, **after}:
        was, left = before.get((label, pk)), after.get((label, pk))
        if was and left:
            names = [name for name in was if was[name] != left[name]]
            was, left = {name: was[name] for name in names}, {name: left[name] for name in names}
        if was != left:
            one = found.setdefault(f"{label} {was} {left}", {"model": label, "pks": [], "was": was, "left": left})
            one["pks"].append(pk)
    return list(found.values())


def _put_back(*, model: str, pks: list[str], was: Fields | None, left: Fields | None) -> None:
    kind = apps.get_model(model)
    here = kind._base_manager.filter(pk__in=pks)
    if left is None and was is not None:
        kind(**_unpacked(kind, was)).save_base(raw=True, force_insert=True)
    elif was is None and left is not None:
        made = here.filter(**_unpacked(kind, left)).first()
        if made is None or any(query.exists() for query in _queries(made)[1:]):
            raise Refused(OVERTAKEN)
        made.delete()
    elif here.filter(**_unpacked(kind, left or {})).update(**_unpacked(kind, was or {})) != len(pks):
        raise Refused(OVERTAKEN)
