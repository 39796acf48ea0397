"""Whether a delivery is its hub's: an HMAC of the body under the subscription's secret (§7.1)."""

from __future__ import annotations

import hmac

# All that the specification recognises (§7.1.1). SHA-1 as well: the largest public hubs sign with
# nothing else, and what is broken of SHA-1 (two texts of one hash, found together) does not help
# to sign without the secret.
_METHODS = frozenset({"sha1", "sha256", "sha384", "sha512"})


def is_signed(header: str, secret: str, body: bytes) -> bool:
    """Tell whether ``X-Hub-Signature`` (``method=hex``) signs a body under a secret."""
    method, _, signature = header.strip().partition("=")
    method = method.strip().lower()
    if method not in _METHODS or not signature.isascii():
        return False
    expected = hmac.new(secret.encode(), body, method).hexdigest()
    return hmac.compare_digest(expected, signature.strip().lower())
