# SPDX-License-Identifier: Apache-2.0
"""A mail server of aiosmtpd that keeps what it takes, with STARTTLS and a password if it is to."""

import email
import email.policy
import ssl
import subprocess

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword

from .ports import free_port

USER, PASSWORD = b"alerts", b"tops3cret"


class MailServer:
    """with MailServer(folder, tls=True) as server: server.mails, (recipients, message) each."""

    def __init__(self, folder, tls=False, refuse=None):
        self.mails = []
        self.authenticated = []
        self.refuse = refuse
        options = {"hostname": "127.0.0.1", "port": free_port()}
        self.certificate = folder / "mail.pem"
        if tls:
            key = folder / "mail.key"
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out", self.certificate,
                 "-days", "2", "-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"],
                check=True, capture_output=True,
            )
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.certificate, key)
            options.update(tls_context=context, require_starttls=True, auth_required=True, authenticator=self._check)
        self._controller = Controller(self, **options)
        self.url = f"smtp://127.0.0.1:{options['port']}"

    def _check(self, server, session, envelope, mechanism, data):
        good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER, PASSWORD)
        self.authenticated.append(good)
        return AuthResult(success=good)

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.rcpt_tos, email.message_from_bytes(envelope.content, policy=email.policy.default)))
        return "250 OK"

    def __enter__(self):
        self._controller.start()
        return self

    def __exit__(self, *_):
        self._controller.stop()
