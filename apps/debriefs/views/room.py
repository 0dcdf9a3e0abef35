from typing import Any

from django.http import HttpResponse


def bar(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def changes(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def detail(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def move(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def worries(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)
