from typing import Any

from django.http import HttpResponse


def publish(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def summary(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)
