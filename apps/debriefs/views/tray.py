from typing import Any

from django.http import HttpResponse


def check_in(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def forget(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def ready(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def tray(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def vote(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def worry(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def write(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)
