"""What every answer tells the browser: what it may load, who may frame it, what it may keep."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from recalldash.bodies import Application, Message, Receive, Scope, Send

PERMISSIONS = ", ".join(
    f"{name}=()"
    for name in (
        *("accelerometer", "browsing-topics", "camera"),
        *("display-capture", "encrypted-media", "geolocation", "gyroscope", "hid"),
        *("identity-credentials-get", "idle-detection", "local-fonts", "magnetometer"),
        *("microphone", "midi", "payment", "screen-wake-lock", "serial", "usb"),
        "xr-spatial-tracking",
    )
)
# For whatever names none of its own.
DEFAULTS = {
    "Cache-Control": "private, no-store",
    "Permissions-Policy": PERMISSIONS,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
# For answers that are no pages and were not made by Django.
BARE_POLICY = "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"

Next = Callable[[HttpRequest], HttpResponse]


def middleware(get_response: Next) -> Next:
    """Django's middleware: adds what an answer does not say itself."""

    def answer(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        for name, value in DEFAULTS.items():
            response.headers.setdefault(name, value)
        return response

    return answer


def on_everything(app: Application) -> Application:
    """The server's front door, with these headers on streams and refusals, too."""
    always = dict(DEFAULTS) | {"Content-Security-Policy": BARE_POLICY}
    if settings.SECURE_HSTS_SECONDS:
        always["Strict-Transport-Security"] = f"max-age={settings.SECURE_HSTS_SECONDS}"
    ready = [(name.lower().encode(), value.encode()) for name, value in always.items()]

    async def guarded(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                said = list(message.get("headers", []))
                names = {bytes(name).lower() for name, _ in said}
                missing = [(name, value) for name, value in ready if name not in names]
                message = {**message, "headers": said + missing}
            await send(message)

        await app(scope, receive, tell if scope["type"] == "http" else send)

    return guarded
