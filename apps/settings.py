"""Winnow's settings. Every environment variable that Winnow reads is read and described here."""

from __future__ import annotations

import os
import warnings
from pathlib import Path

from csp.constants import NONE, SELF
from environs import Env

from apps.core.embedded import service_urls
from apps.core.processes.spec import DATABASES as SANDBOX_DATABASES
from apps.core.secrets import secret_key

env = Env()

BASE_DIR = Path(__file__).resolve().parent.parent

# Where everything that is made at run time lies: databases, logs, exports, models. One folder.
VAR_DIR: Path = Path(env.str("WINNOW_VAR", str(BASE_DIR / "var"))).resolve()
# Development switch: tracebacks in the browser. Off unless asked for.
DEBUG = env.bool("WINNOW_DEBUG", False)
# Set when the site is served over HTTPS: cookies become Secure, HTTP is redirected. A proxy that
# ends HTTPS must set X-Forwarded-Proto itself, for it is believed.
HTTPS = env.bool("WINNOW_HTTPS", False)
# Host names under which the site may be opened, comma-separated.
ALLOWED_HOSTS = env.list("WINNOW_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
# Where signed-in browsers may post from, when behind a proxy: https://winnow.example.org
CSRF_TRUSTED_ORIGINS: list[str] = env.list("WINNOW_ORIGINS", [])
# Proxies between browsers and this server. Each must append the address that it was called from
# to X-Forwarded-For; 0: browsers come here themselves, and the header is not looked at.
WINNOW_PROXIES = env.int("WINNOW_PROXIES", 0)
# With WINNOW_HTTPS: how long browsers are to insist on HTTPS for this name, in seconds (0: not at
# all), whether for all names below it as well, and whether it may go into the browsers' own list.
# Both bind other services of the domain, and the list for good.
WINNOW_HSTS_SECONDS = env.int("WINNOW_HSTS_SECONDS", 31_536_000)
WINNOW_HSTS_SUBDOMAINS = env.bool("WINNOW_HSTS_SUBDOMAINS", False)
WINNOW_HSTS_PRELOAD = env.bool("WINNOW_HSTS_PRELOAD", False)
# The key that signs sessions; made once per installation in VAR_DIR when it is not given.
SECRET_KEY = env.str("WINNOW_SECRET_KEY", "") or secret_key(VAR_DIR)
# Keys that were used before it, comma-separated, while it is changed: what they signed or sealed
# still holds. `python manage.py reseal_secrets` makes them needless.
SECRET_KEY_FALLBACKS: list[str] = env.list("WINNOW_OLD_SECRET_KEYS", [])

# What Prometheus sends as its bearer token to read /metrics; empty: only admins read them.
WINNOW_METRICS_TOKEN = env.str("WINNOW_METRICS_TOKEN", "")

# DATABASE_URL and REDIS_URL replace the embedded PostgreSQL and Valkey.
_urls = service_urls(VAR_DIR)
DATABASES = {"default": env.dj_db_url("DATABASE_URL", _urls.database_url)}
DATABASES["default"] |= {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True}
# The web process's connections (apps.core.pool). When PostgreSQL is away a request waits 5 seconds
# for it; the pool looks for it again at every request (its own pauses grow to minutes).
DATABASE_POOL = {"min_size": 1, "max_size": 8, "timeout": 5, "reconnect_timeout": 4}
REDIS_URL = env.str("REDIS_URL", _urls.redis_url)
CACHES = {
    "default": {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": REDIS_URL}
}

# -- gathering --------------------------------------------------------------------------------
# Folders of this server that may be gathered from the browser, colon-separated; empty: none.
# The command line may read what the account may read.
WINNOW_SOURCES = [Path(name).resolve() for name in env.str("WINNOW_SOURCES", "").split(":") if name]
# The S3 endpoint that has the contents of The Stack v2; empty: AWS's own.
WINNOW_BLOB_ENDPOINT = env.str("WINNOW_BLOB_ENDPOINT", "")
# The largest file that may be uploaded, in bytes.
WINNOW_UPLOAD_BYTES = env.int("WINNOW_UPLOAD_BYTES", 1024 * 1024 * 1024)

# -- files -------------------------------------------------------------------------------------
# An S3 bucket for exports and uploads, so that web and workers on several machines see the same;
# empty: folders below VAR_DIR. Keys are boto3's: AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, ….
WINNOW_STORAGE_BUCKET = env.str("WINNOW_STORAGE_BUCKET", "")
# The endpoint of a storage that speaks S3; empty: AWS's own.
WINNOW_STORAGE_ENDPOINT = env.str("WINNOW_STORAGE_ENDPOINT", "")
# What the names in the bucket begin with.
WINNOW_STORAGE_PREFIX = env.str("WINNOW_STORAGE_PREFIX", "winnow")
# How long a link to a file in the bucket can be used, in seconds.
WINNOW_STORAGE_LINK_SECONDS = env.int("WINNOW_STORAGE_LINK_SECONDS", 600)
# Exports are deleted so many days after they are finished; 0: never by themselves.
WINNOW_EXPORT_DAYS = env.int("WINNOW_EXPORT_DAYS", 0)

# -- the model server -----------------------------------------------------------------------
# vllm | vllm-cpu | llama | url; empty: vllm where a GPU is seen, else llama.
WINNOW_ENGINE = env.str("WINNOW_ENGINE", "")
# A model's name at the hub or its folder; empty: the engine's default.
WINNOW_MODEL = env.str("WINNOW_MODEL", "")
WINNOW_MODEL_REVISION = env.str("WINNOW_MODEL_REVISION", "")
# auto, bfloat16, float16 or float32; empty: the engine's default.
WINNOW_DTYPE = env.str("WINNOW_DTYPE", "")
# GPUs that one model is spread over.
WINNOW_TENSOR_PARALLEL = env.int("WINNOW_TENSOR_PARALLEL", 1)
# Model servers beside one GPU worker (engine vllm), each on GPUs of its own: one per GPU.
WINNOW_SERVERS = env.int("WINNOW_SERVERS", 1)
# More arguments for the model server, as on a shell's command line.
WINNOW_ENGINE_ARGS = env.str("WINNOW_ENGINE_ARGS", "")
# The OpenAI-compatible server that runs already (engine url): http://host:8000/v1; several that
# serve the same model, with commas between them.
WINNOW_MODEL_URL = env.str("WINNOW_MODEL_URL", "")
WINNOW_MODEL_API_KEY = env.str("WINNOW_MODEL_API_KEY", "")
# Another server of that kind for judges of the engine url; empty: WINNOW_MODEL_URL judges as well.
WINNOW_JUDGE_URL = env.str("WINNOW_JUDGE_URL", "")
WINNOW_JUDGE_API_KEY = env.str("WINNOW_JUDGE_API_KEY", "")
# Which endpoint of the model server is asked: completions, chat, or auto (chat where the model has
# a chat template, as vLLM tells, or the server has no completions; else completions).
WINNOW_MODEL_INTERFACE = env.str("WINNOW_MODEL_INTERFACE", "auto")
# Requests under way at once per worker; 0: the engine's default.
WINNOW_MODEL_CONCURRENCY = env.int("WINNOW_MODEL_CONCURRENCY", 0)

# Tokens of prompt and completion together that the server is to hold; 0: on a GPU what the recipe
# needs (all that the model can read, where that is not known), else the engine's default.
WINNOW_CONTEXT = env.int("WINNOW_CONTEXT", 0)

# -- work units -----------------------------------------------------------------------------
# How long a worker holds a unit without a sign of life before another takes it over, in seconds.
WINNOW_LEASE_SECONDS = env.int("WINNOW_LEASE_SECONDS", 60)
# How long a GPU worker that is asked to end waits for requests under way, in seconds.
WINNOW_DRAIN_SECONDS = env.float("WINNOW_DRAIN_SECONDS", 10)

# -- validation -----------------------------------------------------------------------------
# Databases that responses are run on, in order; the first one that knows decides.
WINNOW_DATABASES = env.list("WINNOW_DATABASES", list(SANDBOX_DATABASES))
# Sandbox children per worker process.
WINNOW_SANDBOX_CHILDREN = env.int("WINNOW_SANDBOX_CHILDREN", 2)
# Benchmark questions (JSONL or text), for the benchmark-overlap check.
WINNOW_BENCHMARK_FILE = env.str("WINNOW_BENCHMARK_FILE", "")

# -- review ---------------------------------------------------------------------------------
# How long a reviewer may look at a pair before another may get it, in seconds.
CLAIM_SECONDS = env.int("WINNOW_CLAIM_SECONDS", 900)

# -- the API --------------------------------------------------------------------------------
# The most requests a minute that a person may give a token.
WINNOW_API_PER_MINUTE = env.int("WINNOW_API_PER_MINUTE", 6000)

# -- webhooks --------------------------------------------------------------------------------
# Networks of private addresses that webhooks may be posted to all the same, and over http:
# 10.1.2.0/24, with commas between; empty: only public addresses over https.
WINNOW_WEBHOOK_NETWORKS: list[str] = env.list("WINNOW_WEBHOOK_NETWORKS", [])
# What was delivered is forgotten after so many days, and what waits at an endpoint that is off.
WINNOW_WEBHOOK_DAYS = env.int("WINNOW_WEBHOOK_DAYS", 30)

# -- people ----------------------------------------------------------------------------------
# The mail server: smtp://, smtp+tls:// or smtp+ssl://name:password@host:port; console: mails are
# written to the worker's log.
_mail = env.dj_email_url("WINNOW_EMAIL_URL", "console:")
EMAIL_BACKEND: str = _mail["EMAIL_BACKEND"]
EMAIL_HOST: str = _mail["EMAIL_HOST"] or "localhost"
EMAIL_PORT: int = _mail["EMAIL_PORT"] or 25
EMAIL_HOST_USER: str = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD: str = _mail["EMAIL_HOST_PASSWORD"] or ""
EMAIL_USE_TLS: bool = _mail["EMAIL_USE_TLS"]
EMAIL_USE_SSL: bool = _mail["EMAIL_USE_SSL"]
EMAIL_TIMEOUT = 20
# Whom mails come from.
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("WINNOW_EMAIL_FROM", "winnow@localhost")
# How long a link to a new password is good, in seconds.
PASSWORD_RESET_TIMEOUT = 3600
# Sign-in through OpenID Connect: the provider's address (its /.well-known/openid-configuration is
# read), what it calls this installation, and how the button on the log-in page is called. The
# provider must know the address https://…/accounts/sso/back/.
WINNOW_OIDC_ISSUER = env.str("WINNOW_OIDC_ISSUER", "")
WINNOW_OIDC_CLIENT_ID = env.str("WINNOW_OIDC_CLIENT_ID", "")
WINNOW_OIDC_CLIENT_SECRET = env.str("WINNOW_OIDC_CLIENT_SECRET", "")
WINNOW_OIDC_NAME = env.str("WINNOW_OIDC_NAME", "single sign-on")
# Whether somebody whom the provider knows and nobody has invited becomes a reviewer.
WINNOW_OIDC_CREATE = env.bool("WINNOW_OIDC_CREATE", False)

INSTALLED_APPS = [
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_htmx",
    "template_partials",
    "csp",
    "axes",
    "apps.core",
    "apps.accounts",
    "apps.seeds",
    "apps.fewshot",
    "apps.generation",
    "apps.validation",
    "apps.review",
    "apps.studio",
    "apps.judge",
    "apps.evidence",
    "apps.exports",
    "apps.webhooks",
    "apps.home",
    "apps.api",
]
MIDDLEWARE = [
    "apps.core.health.Health",
    "apps.core.metrics.Measured",
    "apps.core.requests.in_utf8",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "apps.core.middleware.content_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "apps.accounts.bodies.BodyLimits",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "apps.accounts.unsent.LogInFirst",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "apps.core.middleware.vary_on_htmx",
    "apps.core.middleware.never_stored",
    "axes.middleware.AxesMiddleware",
    "apps.accounts.audit.Audit",
]
ROOT_URLCONF = "apps.urls"
WSGI_APPLICATION = "apps.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
    {
        "NAME": "parts",
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [BASE_DIR / "templates" / "parts"],
        "OPTIONS": {
            "environment": "apps.core.parts.environment",
            "trim_blocks": True,
            "lstrip_blocks": True,
        },
    },
]

# Django's widgets by Jinja's compiled templates: a form of two dozen fields in a fifth of the time.
FORM_RENDERER = "django.forms.renderers.Jinja2"

DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "apps.accounts.sessions.UserBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
    )
]
LOGIN_URL = "accounts:login"
LOGIN_REDIRECT_URL = "home:index"
LOGOUT_REDIRECT_URL = "accounts:login"
# Ten wrong passwords for one name from one address lock that pair for a quarter of an hour, a
# hundred from one address within that time lock the address.
AXES_HANDLER = "apps.accounts.attempts.AttemptLimits"
AXES_CLIENT_IP_CALLABLE = "apps.accounts.attempts.client_address"
WINNOW_ADDRESS_FAILURES = 100
AXES_FAILURE_LIMIT = 10
# Whoever goes on trying does not prolong it: else anybody could keep anybody out.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_COOLOFF_TIME = 0.25
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked.html"
AXES_VERBOSE = False

LANGUAGE_CODE = "en-gb"
TIME_ZONE = "UTC"
USE_I18N = False
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if not DEBUG and not env.bool("WINNOW_TESTING", False)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
MEDIA_ROOT = VAR_DIR / "media"
FILE_UPLOAD_HANDLERS = ["apps.accounts.bodies.NoFiles"]
FILE_UPLOAD_PERMISSIONS = 0o600

SESSION_ENGINE = "apps.accounts.sessions"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = WINNOW_HSTS_SECONDS if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = WINNOW_HSTS_SUBDOMAINS
SECURE_HSTS_PRELOAD = WINNOW_HSTS_PRELOAD
# They ask for subdomains and preloading, which are the operator's to choose.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
    }
}

# -- Celery -----------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 1,
    "unacked_restore_throttle": 1,
    "socket_keepalive": True,
    # One that takes a connection and says nothing does not answer. Workers wait for a second at a
    # time; without these who sends would wait for ever, and so would a page.
    "socket_timeout": 10,
    "socket_connect_timeout": 5,
    "queue_order_strategy": "apps.core.queue:AheadFirst",
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "sweep": {"task": "worker.tasks.sweep", "schedule": 10.0, "options": {"expires": 10}},
    "limits": {"task": "worker.tasks.limit_runs", "schedule": 5.0, "options": {"expires": 5}},
    "figures": {"task": "worker.tasks.count_figures", "schedule": 20.0, "options": {"expires": 20}},
    "team": {"task": "worker.tasks.count_team", "schedule": 60.0, "options": {"expires": 60}},
    "acceptance": {
        "task": "worker.tasks.learn_acceptance",
        "schedule": 120.0,
        "options": {"expires": 120},
    },
    "webhooks": {"task": "worker.tasks.tell", "schedule": 5.0, "options": {"expires": 5}},
    "exports": {
        "task": "worker.tasks.look_at_exports",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "sessions": {"task": "worker.tasks.clear_sessions", "schedule": 3600.0},
}

# line: for people; json: one object a line, for whoever collects logs.
LOG_FORMAT = "json" if env.str("WINNOW_LOG_FORMAT", "line") == "json" else "line"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s: %(message)s"},
        "json": {"()": "apps.core.logs.JsonLine"},
    },
    "filters": {
        "one_line": {"()": "apps.core.logs.InOneLine"},
        "database": {"()": "apps.core.logs.DatabaseTroubleInOneLine"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env.str("WINNOW_LOG_LEVEL", "INFO")},
    "loggers": {
        "httpx": {"level": "WARNING"},
        "psycopg.pool": {"level": "WARNING"},
        "axes": {"level": "WARNING"},
        "django.request": {"filters": ["database"]},
        # Anybody can send a wrong Host header.
        "django.security.DisallowedHost": {"filters": ["one_line"]},
    },
}
os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
# A library that looks for a folder we do not use warns on machines without a desktop.
warnings.filterwarnings("ignore", message="XDG_RUNTIME_DIR is not set")
