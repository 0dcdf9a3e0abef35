"""Every setting, read from the environment and safe by default; .env.example names each variable."""

import logging
from pathlib import Path
from typing import NoReturn
from urllib.parse import urlsplit

import structlog
from environs import Env

from config import logs

BASE_DIR = Path(__file__).resolve().parent.parent

env = Env()
# `make run` and the tests name no file: a mail server meant for others must not get the demo's letters.
env_file = env.str("ENV_FILE", default=str(BASE_DIR / ".env"))
if env_file and Path(env_file).is_file():
    env.read_env(env_file, recurse=False)

# --- What must be right before anything starts --------------------------------------------------------


def refuse(sentence: str) -> NoReturn:
    """Exit, not an exception: whoever runs Realign should read a sentence, not a traceback."""
    raise SystemExit(f"Realign did not start: {sentence}")


DEBUG = env.bool("DEBUG", default=False)

SECRET_KEY = env.str("SECRET_KEY", default="")
if not DEBUG and (len(SECRET_KEY) < 50 or len(set(SECRET_KEY)) < 15 or SECRET_KEY.startswith("django-insecure")):
    refuse(
        f"SECRET_KEY is {'too weak' if SECRET_KEY else 'missing'}. Realign signs sessions, invitations and letters "
        "with it, so it does not start without a good one. Set SECRET_KEY to at least 50 random characters, for "
        "example what `python3 -c 'import secrets; print(secrets.token_urlsafe(64))'` prints. "
        "(To try Realign on this machine, `make run` makes one for you.)"
    )
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])

# Every link in every letter starts with this; a request's Host header never decides where a letter leads.
BASE_URL = env.str("BASE_URL", default="http://localhost:8000" if DEBUG else "").rstrip("/")
if urlsplit(BASE_URL).scheme not in {"http", "https"} or not urlsplit(BASE_URL).hostname:
    refuse(
        "BASE_URL is missing or no address. Set it to where people reach Realign, for example https://realign.example.org."
    )
BASE_HOST = urlsplit(BASE_URL).hostname or ""

# Off only for a trial over plain HTTP: cookies then travel unencrypted.
HTTPS = env.bool("HTTPS", default=not DEBUG)

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[BASE_HOST, *(["localhost", "127.0.0.1", "[::1]"] if DEBUG else [])])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[BASE_URL])
USE_X_FORWARDED_HOST = False

# --- The application ----------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "servestatic.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "apps.web",
    "apps.live",
    "apps.accounts",
    "apps.teams",
    "apps.debriefs",
    "apps.actions",
    "apps.follow_through",
    "apps.insights",
    "apps.demo",
    # After our own apps, so that our templates win over theirs.
    "allauth",
    "allauth.account",
    "csp",
    "django_htmx",
    "django_structlog",
    "template_partials",
]

MIDDLEWARE = [
    "apps.web.health.answer_probes",
    "django.middleware.security.SecurityMiddleware",
    "config.logs.RequestLogMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "apps.web.middleware.NoStoreMiddleware",
    "apps.web.middleware.HxRedirectMiddleware",
    "apps.web.middleware.HxMessagesMiddleware",
    "apps.web.middleware.RefusalMiddleware",
    "apps.web.middleware.TimeZoneMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

_loaders = ["django.template.loaders.filesystem.Loader", "django.template.loaders.app_directories.Loader"]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            # template_partials wraps these itself. Uncached in DEBUG: the server does not restart for a template.
            "loaders": [
                (
                    "template_partials.loader.Loader",
                    _loaders if DEBUG else [("django.template.loaders.cached.Loader", _loaders)],
                )
            ],
            "builtins": ["template_partials.templatetags.partials"],
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
FORM_RENDERER = "apps.web.forms.Renderer"

# A session write while someone writes anonymously would betray the writer, so messages travel in a cookie.
MESSAGE_STORAGE = "django.contrib.messages.storage.cookie.CookieStorage"

# --- Database and cache -------------------------------------------------------------------------------

DATABASES = {"default": env.dj_db_url("DATABASE_URL", default="postgres://localhost/realign", conn_health_checks=True)}
# Under ASGI a kept connection leaks and a fresh one costs 7 ms: the web process pools (config/asgi.py sets a
# size). Workers and commands keep one connection; Celery would throw a pool away after each task.
DATABASE_POOL = env.int("DATABASE_POOL", default=0)
if DATABASE_POOL:
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"].setdefault("OPTIONS", {})["pool"] = {"min_size": 1, "max_size": DATABASE_POOL, "timeout": 5}
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60

REDIS_URL = env.str("REDIS_URL", default="redis://localhost:6379/0")
LIVE_CHANNEL_PREFIX = env.str("LIVE_CHANNEL_PREFIX", default="realign")  # channels ignore the database number
CACHES = {
    "default": {
        "BACKEND": "apps.web.cache.ForgivingCache",
        "LOCATION": env.str("CACHE_URL", default=REDIS_URL),
        "KEY_PREFIX": "realign",
        "OPTIONS": {"socket_timeout": 0.1, "socket_connect_timeout": 0.1},
    },
    # What a room shares, rendered. In this process's memory only: no candid word is left in Redis.
    "board": {
        "BACKEND": "django.core.cache.backends.locmem.LocMemCache",
        "LOCATION": "board",
        "OPTIONS": {"MAX_ENTRIES": 400},
    },
}

# --- People, sessions and sign-in ---------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
SILENCED_SYSTEM_CHECKS = ["auth.W004"]  # unique it is, by a constraint on Lower("email")
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.ScryptPasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "insights:home"
ACCOUNT_LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "apps.accounts.adapter.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_SIGNUP_FORM_CLASS = "apps.accounts.forms.SignupForm"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(BASE_URL).scheme
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False
ACCOUNT_SESSION_REMEMBER = True

SESSION_ENGINE = "django.contrib.sessions.backends.cached_db"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_COOKIE_HTTPONLY = True  # htmx gets the token from <body hx-headers>, no script reads the cookie
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS

# --- What the browser is told -------------------------------------------------------------------------

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'"],
        "base-uri": ["'none'"],
        "object-src": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'"],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = env.int("HSTS_SECONDS", default=365 * 24 * 3600) if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("HSTS_INCLUDE_SUBDOMAINS", default=True)
SECURE_HSTS_PRELOAD = env.bool("HSTS_PRELOAD", default=True)

# --- Static files -------------------------------------------------------------------------------------

STATIC_URL = "/static/"
STATIC_ROOT = env.path("STATIC_ROOT", default=BASE_DIR / "var" / "static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "servestatic.storage.CompressedManifestStaticFilesStorage"
    },
}
SERVESTATIC_USE_FINDERS = DEBUG
SERVESTATIC_AUTOREFRESH = DEBUG
SERVESTATIC_ALLOW_ALL_ORIGINS = False  # no CDN in front, so no other site has a reason to read these

# --- Uploads ------------------------------------------------------------------------------------------

# A folder of postmortems is chosen in one go; a form that minds the number says so at its field.
DATA_UPLOAD_MAX_NUMBER_FILES = 1000

# --- Letters ------------------------------------------------------------------------------------------

# In DEBUG letters are files in MAIL_DIR, shown at /dev/mail/.
MAIL_DIR = env.path("MAIL_DIR", default=BASE_DIR / "var" / "mail")
EMAIL_URL = env.str("EMAIL_URL", default="")
if not EMAIL_URL and not DEBUG:
    refuse(
        "EMAIL_URL is missing. Realign keeps its promises by letter; set EMAIL_URL to your mail server, "
        "for example smtp+tls://user:password@mail.example.org:587."
    )
if EMAIL_URL:
    vars().update(env.dj_email_url("EMAIL_URL"))
else:
    EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
    EMAIL_FILE_PATH = MAIL_DIR
EMAIL_TIMEOUT = 10  # shorter than the lease on a letter
DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="") or f"Realign <realign@{BASE_HOST}>"
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Work in the background ---------------------------------------------------------------------------

# The rows carry the truth, Celery only rings: a lost or doubled task must never matter.
CELERY_BROKER_URL = env.str("CELERY_BROKER_URL", default=REDIS_URL)
CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_DEFAULT_QUEUE = "realign"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_TASK_TIME_LIMIT = 300
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
REMINDER_SWEEP_SECONDS = env.float("REMINDER_SWEEP_SECONDS", default=60.0)

# --- Language and time --------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English")]
LOCALE_PATHS = [BASE_DIR / "locale"]
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

# --- Logs ---------------------------------------------------------------------------------------------

# Who asked from where is nobody's business: beside an anonymous card's time it would name the writer.
DJANGO_STRUCTLOG_USER_ID_FIELD = None
DJANGO_STRUCTLOG_IP_LOGGING_ENABLED = False
DJANGO_STRUCTLOG_STATUS_START_LOG_LEVEL = 10  # DEBUG; one line a request is enough
LOG_LEVEL = env.log_level("LOG_LEVEL", default=logging.INFO)
LOGGING = logs.configuration(level=LOG_LEVEL, for_people=env.str("LOG_FORMAT", default="json") == "people")
structlog.configure(
    processors=[*logs.SHARED_PROCESSORS, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)

env.seal()
