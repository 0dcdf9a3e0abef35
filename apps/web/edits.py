"""Two people change the same thing at once: the first one's words stay, the second one sees both."""

from typing import Any

from django.db.models import F, Model

from apps.web.verdict import Collided


def write_over(one: Any, seen: int | None, *, by: Any = None, **fields: Any) -> None:
    """Put these words in place of those that were seen, in one conditional UPDATE. Raises Collided with the row as it
    is now when others have come between; `by` is who wrote those, if it is known.

    Without a version, the words that `one` itself holds are the ones that were seen.
    """
    rows = type(one)._base_manager.filter(pk=one.pk, version=one.version if seen is None else seen)
    if not rows.update(version=F("version") + 1, **fields):
        raise Collided(_as_it_is(one), by=by)
    for name, value in fields.items():
        setattr(one, name, value)
    one.version = one.version + 1 if seen is None else seen + 1


def _as_it_is(one: Model) -> Model:
    """The same object, read again; what hangs on it (its debrief, a gate's annotation) stays."""
    held = {name: one._state.fields_cache[name] for name in ("debrief", "team") if name in one._state.fields_cache}
    one.refresh_from_db()
    one._state.fields_cache.update(held)
    return one
