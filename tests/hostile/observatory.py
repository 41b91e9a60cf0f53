"""The public scoring rules of Mozilla's HTTP Observatory, for one answer of a server.

https://github.com/mdn/mdn-http-observatory/blob/main/src/grader/charts.js: everybody begins with
100, faults cost points, and what goes beyond counts only from 90 on.
"""

from collections.abc import Mapping

from django.http import HttpResponse

YEAR_S = 15_768_000  # half of one is what the rules ask for


def score(response: HttpResponse) -> tuple[int, list[str]]:
    """The points of an answer over https, and a line for each that was lost or won."""
    headers = {name.lower(): value for name, value in response.items()}
    faults: list[tuple[int, str]] = []
    gains: list[tuple[int, str]] = []
    for points, why in [*_policy(headers), *_cookies(response), *_others(headers)]:
        (gains if points > 0 else faults).append((points, why))
    total = 100 + sum(points for points, _ in faults)
    if total >= 90:
        total += sum(points for points, _ in gains)
    return max(total, 0), [f"{points:+d} {why}" for points, why in faults + gains]


def directives(policy: str) -> dict[str, list[str]]:
    """A Content-Security-Policy as a mapping."""
    rows = (part.split() for part in policy.split(";") if part.strip())
    return {words[0].lower(): words[1:] for words in rows}


def _policy(headers: Mapping[str, str]) -> list[tuple[int, str]]:
    if "content-security-policy" not in headers:
        return [(-25, "no policy")]
    said = directives(headers["content-security-policy"])
    scripts = said.get("script-src", said.get("default-src", ["*"]))
    styles = said.get("style-src", said.get("default-src", ["*"]))
    objects = said.get("object-src", said.get("default-src", ["*"]))
    wide = {"*", "http:", "https:", "data:", "blob:", "'unsafe-inline'"}
    found = []
    if wide & {*scripts, *objects}:
        found.append((-20, "scripts from anywhere"))
    elif "'unsafe-eval'" in scripts:
        found.append((-10, "eval"))
    elif "'unsafe-inline'" in styles:
        found.append((0, "inline styles"))
    elif said.get("default-src") == ["'none'"]:
        found.append((10, "nothing but what is named"))
    else:
        found.append((5, "a policy without anything unsafe"))
    if said.get("frame-ancestors") in (["'none'"], ["'self'"]):
        found.append((5, "frames by the policy"))
    elif headers.get("x-frame-options", "").upper() not in ("DENY", "SAMEORIGIN"):
        found.append((-20, "may be framed"))
    return found


def _cookies(response: HttpResponse) -> list[tuple[int, str]]:
    if not response.cookies:
        return []
    found = []
    for name, cookie in response.cookies.items():
        session = "csrf" not in name.lower()
        if not cookie["secure"]:
            found.append((-40 if session else -20, f"{name} is not secure"))
        if session and not cookie["httponly"]:
            found.append((-30, f"{name} is not http-only"))
        if not cookie["samesite"] and not session:
            found.append((-20, f"{name} has no SameSite"))
    return found or [(5, "every cookie is secure, and sent from here alone")]


def _others(headers: Mapping[str, str]) -> list[tuple[int, str]]:
    found = []
    if headers.get("access-control-allow-origin") == "*":
        found.append((-50, "anybody may read it"))
    hsts = headers.get("strict-transport-security", "")
    age = next((p.split("=")[1] for p in hsts.split(";") if p.strip().startswith("max-age=")), "0")
    if int(age) < YEAR_S:
        found.append((-20 if not hsts else -10, "no strict transport security"))
    if headers.get("x-content-type-options", "").lower() != "nosniff":
        found.append((-5, "may be sniffed"))
    private = {"no-referrer", "same-origin", "strict-origin", "strict-origin-when-cross-origin"}
    if headers.get("referrer-policy", "") in private:
        found.append((5, "a private referrer"))
    elif headers.get("referrer-policy", ""):
        found.append((-5, "a referrer for everybody"))
    if headers.get("cross-origin-resource-policy", "") in ("same-origin", "same-site"):
        found.append((10, "nobody else may load it"))
    return found
