from typing import Any

from django.http import HttpResponse


def cancel(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def import_files(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def index(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def new(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def setup(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def similar(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)
