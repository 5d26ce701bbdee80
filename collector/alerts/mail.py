"""Alerts by e-mail: SMTP (RFC 5321), with STARTTLS or TLS and a password where the server wants one."""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate

from collector.alerts.channel import ChannelError, Letter
from collector.alerts.settings import MailSettings


class Mail:
    """A connection for each message: there are few."""

    def __init__(self, settings: MailSettings) -> None:
        self._settings = settings

    def send(self, letter: Letter) -> None:
        """Returns once the server has taken it for every recipient."""
        settings = self._settings
        try:
            with self._connected() as server:
                if settings.username is not None and settings.password_file is not None:
                    server.login(settings.username, settings.password_file.read_text(encoding="utf-8").strip())
                refused = server.send_message(self._message(letter))
        except (smtplib.SMTPException, OSError, ValueError) as error:
            raise ChannelError(f"mail: {settings.host}:{settings.port}: {_said(error)}") from None
        if refused:
            raise ChannelError(f"mail: {settings.host}:{settings.port} refuses {', '.join(sorted(refused))}")

    def _connected(self) -> smtplib.SMTP:
        settings = self._settings
        if settings.security == "none":
            return smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
        context = ssl.create_default_context(cafile=str(settings.ca_file) if settings.ca_file else None)
        if settings.security == "tls":
            return smtplib.SMTP_SSL(settings.host, settings.port, timeout=settings.timeout_s, context=context)
        server = smtplib.SMTP(settings.host, settings.port, timeout=settings.timeout_s)
        try:
            server.starttls(context=context)
        except BaseException:
            server.close()
            raise
        return server

    def _message(self, letter: Letter) -> EmailMessage:
        message = EmailMessage()
        # A line break would begin another header.
        message["Subject"] = " ".join(letter.text.subject.split())
        message["From"] = self._settings.sender
        message["To"] = ", ".join(self._settings.to)
        message["Date"] = formatdate(localtime=False)
        message["Message-ID"] = f"<{letter.id}@{self._settings.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"
        message.set_content(letter.text.body)
        return message


def _said(error: Exception) -> str:
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return "the server refuses this user name or password"
    if isinstance(error, smtplib.SMTPResponseException):
        told = error.smtp_error
        return f"{error.smtp_code} {told.decode('utf-8', 'replace') if isinstance(told, bytes) else told}"
    return str(error) or type(error).__name__
