"""All settings of the program, from the environment. Rules of trade (days, percentages, retries) are not
here: they are operator parameters with a history (`galleria.kit.parameters`)."""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _

from galleria.config.env import BadSetting, Environment, database_from
from galleria.config.serving import serving_from

env = Environment()
PACKAGE_DIR = Path(__file__).resolve().parent.parent

# --- where things are -------------------------------------------------------------------------------
GALLERIA_DATA_DIR = Path(
    env.text("GALLERIA_DATA_DIR", "var", "Folder for the SQLite database, files, the secret key and the clock")
).resolve()
try:
    GALLERIA_DATA_DIR.mkdir(parents=True, exist_ok=True)
except OSError as error:
    raise BadSetting(f"GALLERIA_DATA_DIR: {GALLERIA_DATA_DIR} cannot be made: {error.strerror}") from None
DATABASES = {
    "default": database_from(
        env.text("GALLERIA_DATABASE_URL", "sqlite:///", "sqlite:///PATH or postgres://user:password@host:port/name"),
        GALLERIA_DATA_DIR,
    )
}
DEBUG = env.flag("GALLERIA_DEBUG", False, "Tracebacks in the browser; never in production")
GALLERIA_SITE_URL = env.text("GALLERIA_SITE_URL", "http://localhost:8000", "Public address of the marketplace").rstrip(
    "/"
)
ALLOWED_HOSTS = env.words("GALLERIA_ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]", "Host names that are answered")
CSRF_TRUSTED_ORIGINS = [GALLERIA_SITE_URL] if GALLERIA_SITE_URL.startswith("https://") else []


def _secret_key() -> str:
    """The signing key: given, or made once and kept beside the database (readable by the owner only)."""
    given = env.text("GALLERIA_SECRET_KEY", "", "Signing and encryption key; made and kept in the data folder if empty")
    if given:
        if len(given) < 32:
            raise BadSetting("GALLERIA_SECRET_KEY: at least 32 characters are needed")
        return given
    path = GALLERIA_DATA_DIR / "secret.key"
    try:
        with path.open("x") as file:
            path.chmod(0o600)
            file.write(secrets.token_urlsafe(48))
    except FileExistsError:
        pass
    except OSError as error:
        raise BadSetting(
            f"GALLERIA_DATA_DIR: nothing can be written to {GALLERIA_DATA_DIR}: {error.strerror}"
        ) from None
    return path.read_text().strip()


SECRET_KEY = _secret_key()
# Fernet keys for secrets at rest, newest first; old ones stay so that old rows can be read.
GALLERIA_SECRET_KEYS = [
    base64.urlsafe_b64encode(hashlib.sha256(b"galleria at rest " + key.encode()).digest()).decode()
    for key in [
        SECRET_KEY,
        *env.words("GALLERIA_OLD_SECRET_KEYS", "", "Former keys, comma separated, still used to read old secrets"),
    ]
]

# --- behaviour --------------------------------------------------------------------------------------
GALLERIA_TEST_CLOCK = env.flag("GALLERIA_TEST_CLOCK", False, "The clock may be turned forward (demo and tests only)")
GALLERIA_JOB_LEASE_SECONDS = env.number(
    "GALLERIA_JOB_LEASE_SECONDS", 30, "Seconds of silence after which a worker's jobs are given to others", at_least=1
)
GALLERIA_LOCK_WAIT_MS = env.number(
    "GALLERIA_LOCK_WAIT_MS", 5000, "Milliseconds to wait for somebody who works on the same thing", at_least=1
)
GALLERIA_OUTGOING_ALLOW = env.words(
    "GALLERIA_OUTGOING_ALLOW", "", "Networks (CIDR) that seller calls may reach although they are not public"
)
GALLERIA_ALLOW_HTTP_SELLERS = env.flag(
    "GALLERIA_ALLOW_HTTP_SELLERS", False, "Sellers' addresses may be plain http (labs and the demo only)"
)
GALLERIA_DNS_SERVERS = env.words(
    "GALLERIA_DNS_SERVERS", "", "Name servers that are asked for proofs of sellers' domains (default: the system's)"
)
GALLERIA_DEMO = env.flag("GALLERIA_DEMO", False, "This is the demo: sign-in help and the clock are shown")


@dataclass(frozen=True)
class Galleria:
    """Settings of the marketplace itself, as one object: `settings.GALLERIA`."""

    site_name: str
    operator_name: str
    default_region: str
    currency: str
    billing_time_zone: str


GALLERIA = Galleria(
    site_name=env.text("GALLERIA_SITE_NAME", "Galleria", "Name shown in pages and mails"),
    operator_name=env.text("GALLERIA_OPERATOR_NAME", "Nordhaven Cloud", "Legal name of the operator"),
    default_region=env.text("GALLERIA_DEFAULT_REGION", "SE", "Country whose catalogue anonymous visitors see"),
    currency=env.text("GALLERIA_CURRENCY", "EUR", "Currency of the site (ISO 4217)"),
    billing_time_zone=env.text("GALLERIA_BILLING_TIME_ZONE", "Etc/GMT-8", "Zone of bill days and expiries (GMT+08:00)"),
)
GALLERIA_SANDBOX_CARDS = env.flag(
    "GALLERIA_SANDBOX_CARDS",
    GALLERIA_DEMO,
    "Without a key of the card gateway: a sandbox with test cards, no money moves",
)
STRIPE_SECRET_KEY = env.text("GALLERIA_STRIPE_SECRET_KEY", "", "Key of the card gateway; empty: cards are off")
STRIPE_PUBLISHABLE_KEY = env.text("GALLERIA_STRIPE_PUBLISHABLE_KEY", "", "Public key of the card gateway")
STRIPE_WEBHOOK_SECRET = env.text("GALLERIA_STRIPE_WEBHOOK_SECRET", "", "Secret that signs the gateway's webhooks")
STRIPE_API_BASE = env.text("GALLERIA_STRIPE_API_BASE", "https://api.stripe.com", "Address of the card gateway's API")

# --- Django -----------------------------------------------------------------------------------------
INSTALLED_APPS = [
    "modeltranslation",
    "galleria.kit",
    "galleria.ledger",
    "galleria.audit",
    "galleria.parties",
    "galleria.reviewing",
    "galleria.selling",
    "galleria.assets",
    "galleria.publishing",
    "galleria.pricing",
    "galleria.subscribing",
    "galleria.paying",
    "galleria.delivering",
    "galleria.connecting",
    "galleria.buying",
    "galleria.supporting",
    "galleria.releasing",
    "galleria.notifying",
    "galleria.web",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.sites",
    "django_htmx",
    "django_prometheus",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "allauth.socialaccount",
    "allauth.socialaccount.providers.openid_connect",
    "axes",
]
MIDDLEWARE = [
    "galleria.web.middleware.RequestIdMiddleware",
    "galleria.web.health.HealthMiddleware",
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "galleria.web.middleware.ActorMiddleware",
    "galleria.web.errors.PageMiddleware",
    "galleria.web.viewing.ViewingMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "allauth.usersessions.middleware.UserSessionsMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]
CSRF_FAILURE_VIEW = "galleria.web.errors.csrf_failure"
ROOT_URLCONF = "galleria.config.urls"
WSGI_APPLICATION = "galleria.config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.jinja2.Jinja2",
        "DIRS": [PACKAGE_DIR / "web" / "templates"],
        "APP_DIRS": False,
        "OPTIONS": {
            "environment": "galleria.web.jinja.environment",
            "context_processors": ["galleria.web.context.page"],
        },
    },
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
AUTH_USER_MODEL = "parties.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "galleria.parties.passwords.LettersAndDigits"},
]
LOGIN_URL = "/account/login/"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_ADAPTER = "galleria.web.account.adapter.PageAccountAdapter"
ACCOUNT_FORMS = {"login": "galleria.web.account.forms.LoginForm", "signup": "galleria.web.account.forms.RegisterForm"}
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_TIMEOUT = 600  # a code is valid for 10 minutes
ACCOUNT_EMAIL_VERIFICATION_SUPPORTS_RESEND = 5
ACCOUNT_PASSWORD_RESET_BY_CODE_ENABLED = True
ACCOUNT_PASSWORD_RESET_BY_CODE_TIMEOUT = 600
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_USER_DISPLAY = "galleria.parties.adapters.allauth.display_name"
ACCOUNT_RATE_LIMITS = {
    "confirm_email": "1/60s/key",  # a code is sent again after 60 seconds
    "login": "60/m/ip",
    "login_failed": "30/m/ip",  # five failures of one person lock for 15 minutes: AXES below
    "signup": "20/m/ip",
    "reset_password": "20/m/ip,5/m/key",
    "reset_password_from_key": "20/m/ip",
    "change_password": "5/m/user",
    "manage_email": "10/m/user",
    "reauthenticate": "10/m/user",
}
ALLAUTH_TRUSTED_PROXY_COUNT = 0  # behind a proxy `RequestIdMiddleware` has put the client's address in its place
# Rate limits are shared by all web processes and machines; they are asked only when somebody signs in or up.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "rate_limits",
        "OPTIONS": {"MAX_ENTRIES": 20_000},
    }
}
USERSESSIONS_TRACK_ACTIVITY = False  # it would write at every page
MFA_ADAPTER = "galleria.parties.adapters.allauth.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = GALLERIA_SITE_URL.startswith("http://localhost")
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = 0.25  # hours: B-LOG-001
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_USERNAME_FORM_FIELD = "login"
AXES_VERBOSE = False
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_CALLABLE = "galleria.web.account.entrance.locked_out"
AXES_ENABLE_ADMIN = False

# Sign-in with an identity of somebody else: any OpenID Connect provider (B-LOG-002).
SOCIALACCOUNT_ADAPTER = "galleria.parties.adapters.allauth.SocialAccountAdapter"
SOCIALACCOUNT_FORMS = {"signup": "galleria.web.account.forms.RegisterWithIdentityForm"}
SOCIALACCOUNT_AUTO_SIGNUP = False
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False
SOCIALACCOUNT_OPENID_CONNECT_URL_PREFIX = "oidc"
_oidc_server = env.text("GALLERIA_OIDC_URL", "", "OpenID Connect provider people may sign in with; empty: none").rstrip(
    "/"
)
_oidc_client = env.text("GALLERIA_OIDC_CLIENT_ID", "", "Client id at the OpenID Connect provider")
_oidc_secret = env.text("GALLERIA_OIDC_CLIENT_SECRET", "", "Client secret at the OpenID Connect provider")
_oidc_name = env.text("GALLERIA_OIDC_NAME", "Single sign-on", "How the OpenID Connect provider is called on the button")
_oidc_pages = env.words(
    "GALLERIA_OIDC_ORIGINS", "", "Origins of the provider's sign-in page, if they differ from that of its address"
)
SOCIALACCOUNT_PROVIDERS: dict[str, object] = {}
if _oidc_server:
    SOCIALACCOUNT_PROVIDERS["openid_connect"] = {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [
            {
                "provider_id": "sso",
                "name": _oidc_name,
                "client_id": _oidc_client,
                "secret": _oidc_secret,
                "settings": {"server_url": _oidc_server},
            }
        ],
    }
    # A form of ours answers with a redirect to the provider, which the content policy has to know.
    _oidc_pages = _oidc_pages or ["{0.scheme}://{0.netloc}".format(urlsplit(_oidc_server))]
else:
    _oidc_pages = []

LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("zh-hans", _("简体中文"))]
MODELTRANSLATION_DEFAULT_LANGUAGE = "en"
MODELTRANSLATION_FALLBACK_LANGUAGES = ("en",)
LOCALE_PATHS = [PACKAGE_DIR / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

STATIC_URL = "/static/"
STATIC_ROOT = Path(
    env.text("GALLERIA_STATIC_DIR", "", "Where collected static files are; empty: `static` in the data folder")
    or GALLERIA_DATA_DIR / "static"
)
STATIC_ROOT.mkdir(parents=True, exist_ok=True)
STATICFILES_DIRS = [PACKAGE_DIR / "web" / "static"]
_bucket = env.text("GALLERIA_S3_BUCKET", "", "Bucket of an object store for files; empty: a folder in the data folder")
_s3 = {
    "endpoint_url": env.text("GALLERIA_S3_URL", "", "Address of the object store, if it is not the provider's own"),
    "region_name": env.text("GALLERIA_S3_REGION", "", "Region of the bucket"),
    "access_key": env.text("GALLERIA_S3_ACCESS_KEY", "", "Key of the object store; empty: as the machine has it"),
    "secret_key": env.text("GALLERIA_S3_SECRET_KEY", "", "Secret of that key"),
}
GALLERIA_HAS_OBJECT_STORAGE = bool(_bucket)
GALLERIA_CLAMAV = env.text(
    "GALLERIA_CLAMAV", "", "ClamAV's daemon as socket path or host:port; empty: found on this machine; off: none"
)
GALLERIA_ASSET_SCANNER = env.text(
    "GALLERIA_ASSET_SCANNER", "", "Program that scans assets and prints findings as JSON; empty: results are by hand"
)
GALLERIA_IMAGE_SOURCE = env.choice(
    "GALLERIA_IMAGE_SOURCE",
    "demo" if GALLERIA_DEMO else "none",
    "Where system images are listed: none, or demo (made-up ones)",
    ("none", "demo"),
)
STORAGES = {
    "default": {
        "BACKEND": "storages.backends.s3.S3Storage",
        "OPTIONS": {
            "bucket_name": _bucket,
            "default_acl": None,
            "file_overwrite": False,
            **{key: value for key, value in _s3.items() if value},
        },
    }
    if _bucket
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(GALLERIA_DATA_DIR / "files"),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    },
    "staticfiles": {"BACKEND": "galleria.config.static.StaticStorage"},
}
# Until the files were collected (`galleria setup`) they come straight from the package.
WHITENOISE_USE_FINDERS = not (STATIC_ROOT / "staticfiles.json").exists()

_mail = env.choice(
    "GALLERIA_EMAIL_BACKEND",
    "filebased",
    "smtp, filebased (mails become files in the data folder), console or locmem",
    ("smtp", "filebased", "console", "locmem", "dummy"),
)
EMAIL_BACKEND = f"django.core.mail.backends.{_mail}.EmailBackend"
EMAIL_FILE_PATH = GALLERIA_DATA_DIR / "mail"
EMAIL_HOST = env.text("GALLERIA_EMAIL_HOST", "localhost", "Mail server")
EMAIL_PORT = env.number("GALLERIA_EMAIL_PORT", 25, "Port of the mail server")
EMAIL_HOST_USER = env.text("GALLERIA_EMAIL_USER", "", "User at the mail server")
EMAIL_HOST_PASSWORD = env.text("GALLERIA_EMAIL_PASSWORD", "", "Password at the mail server")
EMAIL_USE_TLS = env.flag("GALLERIA_EMAIL_TLS", False, "STARTTLS to the mail server")
DEFAULT_FROM_EMAIL = env.text("GALLERIA_EMAIL_FROM", "galleria@localhost", "Sender of mails")

# --- hardening --------------------------------------------------------------------------------------
_https = GALLERIA_SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = _https
CSRF_COOKIE_SECURE = _https
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SECURE_HSTS_SECONDS = 31_536_000 if _https else 0
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CONTENT_TYPE_NOSNIFF = True
GALLERIA_METRICS_TOKEN = env.text(
    "GALLERIA_METRICS_TOKEN", "", "Bearer token for /metrics from other machines; empty: this machine only"
)
GALLERIA_API_RATE = env.number(
    "GALLERIA_API_RATE", 50, "Requests a second that a key may send to the API, to each web process; 0: any number"
)
GALLERIA_API_BURST = env.number(
    "GALLERIA_API_BURST", 300, "Requests that a key may send at once before the rate holds", at_least=1
)
GALLERIA_OPEN_API_RATE = env.number(
    "GALLERIA_OPEN_API_RATE",
    200,
    "Signed calls a second of an AK/SK pair, to each web process; three times as many at once; 0: any number",
)
X_FRAME_OPTIONS = "DENY"
GALLERIA_BEHIND_PROXY = env.flag(
    "GALLERIA_BEHIND_PROXY", False, "Trust X-Forwarded-Proto and the last X-Forwarded-For of the proxy in front"
)
if GALLERIA_BEHIND_PROXY:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
        "form-action": ["'self'", *_oidc_pages],
    }
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 2_621_440
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500

LOGGING_CONFIG = "galleria.config.logs.configure"
GALLERIA_SERVING = serving_from(env)
LOGGING = GALLERIA_SERVING.logging
SILENCED_SYSTEM_CHECKS: list[str] = []
