from typing import Any

from django.http import HttpResponse


def copy(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def edit(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def index(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def remove(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)
