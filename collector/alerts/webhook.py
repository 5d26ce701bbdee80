"""Alerts by a POST: a Telegram bot's `sendMessage`, or JSON to any address.

The address is a secret (a bot's token is part of it): it is read from its file at each message, and no error names it.
"""

from __future__ import annotations

import json

import urllib3

from collector.alerts.channel import ChannelError, Letter
from collector.alerts.settings import WebhookSettings

_LONGEST = 4096
"""Characters that Telegram takes in one message."""


class Webhook:
    """One address."""

    def __init__(self, settings: WebhookSettings) -> None:
        self._settings = settings
        self._pool = urllib3.PoolManager(retries=False, timeout=settings.timeout_s)

    def send(self, letter: Letter) -> None:
        """Returns once the other side has answered 2xx."""
        try:
            url = self._settings.url_file.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise ChannelError(f"webhook: {error}") from None
        headers = {"Content-Type": "application/json", "Idempotency-Key": letter.id}
        try:
            reply = self._pool.request("POST", url, body=json.dumps(self._body(letter)).encode(), headers=headers)
        except (urllib3.exceptions.HTTPError, OSError, ValueError) as error:
            raise ChannelError(f"webhook: no answer ({type(error).__name__}): is the address right?") from None
        if not 200 <= reply.status < 300:
            raise ChannelError(f"webhook: answered {reply.status}: {reply.data[:200].decode('utf-8', 'replace')}")

    def _body(self, letter: Letter) -> dict[str, object]:
        if self._settings.style == "telegram":
            text = letter.text.body
            return {
                "chat_id": self._settings.chat_id,
                "text": text if len(text) <= _LONGEST else text[: _LONGEST - 1] + "…",
                "disable_web_page_preview": True,
            }
        return {
            "id": letter.id,
            "subject": letter.text.subject,
            "text": letter.text.body,
            "alerts": [{**notice.model_dump(mode="json"), "sentence": said} for notice, said in letter.notices],
        }
