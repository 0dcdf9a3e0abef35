"""What a log line may hold: never candid text, never a query string, never an identifier or a token."""

import re
from typing import Any

import structlog
from django.http import HttpRequest
from django_structlog.middlewares import RequestMiddleware
from structlog.typing import EventDict, Processor, WrappedLogger

# Ids of cards, tokens of invitations and password links: all long, all nobody's business in a log.
SECRET_SEGMENT = re.compile(r"(?<=/)[^/\s?#]{20,}")
QUERY = re.compile(r"\?\S*")
# PostgreSQL quotes the whole row in the detail of a failed constraint.
ROW_DETAIL = re.compile(r"^(DETAIL|CONTEXT):.*$", re.MULTILINE)


def without_secrets(text: str) -> str:
    """A path or message with query strings, long path segments and database rows taken out."""
    return ROW_DETAIL.sub(r"\1: (left out)", SECRET_SEGMENT.sub("…", QUERY.sub("", text)))


class RequestLogMiddleware(RequestMiddleware):
    """One line a request: method and path, without what could name a writer or open a door."""

    @staticmethod
    def format_request(request: HttpRequest) -> str:
        return f"{request.method} {without_secrets(request.path)}"


def scrub(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    """Other libraries put paths and database errors into their messages."""
    for key in ("event", "exception"):
        if isinstance(event.get(key), str):
            event[key] = ROW_DETAIL.sub(r"\1: (left out)", event[key])
    if isinstance(event.get("event"), str) and str(event.get("logger", "")).startswith("django"):
        event["event"] = without_secrets(event["event"])
    return event


_for_people = structlog.dev.ConsoleRenderer(
    colors=False,
    pad_event_to=0,
    pad_level=False,
    exception_formatter=structlog.dev.plain_traceback,  # the fancy one prints local variables: people's words
)


def _short(logger: WrappedLogger, name: str, event: EventDict) -> EventDict:
    if "request" in event and "code" in event:
        event["event"] = f"{event.pop('code')} {event.pop('request')}"
    for key in ("request_id", "timestamp", "task_id", "parent_task_id"):
        event.pop(key, None)
    return event


SHARED_PROCESSORS: list[Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.stdlib.PositionalArgumentsFormatter(),
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configuration(*, level: int, for_people: bool) -> dict[str, Any]:
    """`LOGGING`: JSON lines for machines, short ones for a developer's terminal."""
    last: list[Processor] = (
        [_short, scrub, _for_people]
        if for_people
        else [structlog.processors.format_exc_info, scrub, structlog.processors.JSONRenderer(ensure_ascii=False)]
    )
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "line": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [*SHARED_PROCESSORS, structlog.stdlib.ExtraAdder(allow=[])],
                "processors": [structlog.stdlib.ProcessorFormatter.remove_processors_meta, *last],
            }
        },
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["stderr"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.server": {"handlers": [], "propagate": True},
            "celery": {"level": "WARNING" if for_people else "INFO"},
            "uvicorn": {"handlers": [], "level": "WARNING" if for_people else "INFO", "propagate": True},
            # Its lines hold the full path with the query string and the address; ours above replace them.
            "uvicorn.access": {"handlers": [], "level": "WARNING", "propagate": False},
        },
    }
