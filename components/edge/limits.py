"""What the edge holds every request to, whether a Gateway, an Ingress or Nginx enforces it."""

from __future__ import annotations

REQUESTS_PER_SECOND = 100
"""Requests a second that one client is allowed to send."""

CONNECTIONS = 20
"""Connections that one client is allowed to hold."""

BODY_MEGABYTES = 50
"""Largest request body, in megabytes: uploads of documents."""

CONNECT_TIMEOUT = 60
"""Seconds to reach the application."""

READ_TIMEOUT = 120
"""Seconds to wait for an answer: as long as gunicorn lets a request take."""

SEND_TIMEOUT = 120
"""Seconds to wait for the application to take more of a request."""

SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
}
"""Headers of every answer. Strict-Transport-Security is Django's, whose setting says for how long."""
