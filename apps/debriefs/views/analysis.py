from typing import Any

from django.http import HttpResponse


def accept_factor(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def add_lesson(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def answer_question(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def answer_strength(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def dates(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def edit_factor(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def edit_lesson(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def edit_question(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def edit_strength(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def new_factor(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def new_question(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def new_strength(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def remove_factor(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def remove_lesson(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def remove_question(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def remove_strength(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)


def voting(request: Any, **kwargs: Any) -> HttpResponse:
    return HttpResponse(status=501)
