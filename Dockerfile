FROM python:3.11-slim AS realign

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 \
    STATIC_ROOT=/srv/static DJANGO_SETTINGS_MODULE=config.settings

WORKDIR /srv/realign
COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt

COPY manage.py .
COPY config config
COPY apps apps
COPY templates templates
COPY static static
COPY locale locale

# Only collecting files: the key is made up for this line and forgotten after it.
RUN SECRET_KEY="$(python -c 'import secrets; print(secrets.token_urlsafe(64))')" \
    BASE_URL=https://localhost EMAIL_URL=memory:// \
    python manage.py collectstatic --noinput --verbosity 0 \
    && useradd --system --no-create-home realign
USER realign

EXPOSE 8000
CMD ["uvicorn", "config.asgi:application", "--host", "0.0.0.0", "--port", "8000", "--workers", "2", \
     "--no-access-log", "--timeout-graceful-shutdown", "3"]
