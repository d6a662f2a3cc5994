"""aiosmtpd with a Maildir, and a switch for its bad days.

usage: smtp.py PORT_FILE MAILDIR MODE_FILE [CERTIFICATE KEY USER PASSWORD starttls|implicit]

The mode is read anew at every step: ok, busy (4xx), hang (no answer), drop (the connection ends behind DATA, nothing is kept), mute (the mail is kept, and the
connection ends without an answer).
"""
import asyncio
import os
import ssl
import sys

from aiosmtpd.handlers import Mailbox
from aiosmtpd.smtp import SMTP, AuthResult

port_file, maildir, mode_file = sys.argv[1:4]


def mode():
    with open(mode_file) as file:
        return file.read().strip()


class Handler(Mailbox):
    async def handle_MAIL(self, server, session, envelope, address, options):
        if mode() == "busy":
            return "451 4.3.2 come back later"
        envelope.mail_from = address
        envelope.mail_options.extend(options)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        if mode() == "hang":
            await asyncio.sleep(3600)
        if mode() == "drop":
            server.transport.abort()
            return "421 gone"
        answer = await super().handle_DATA(server, session, envelope)
        if mode() == "mute":
            server.transport.abort()
        return answer


async def main():
    options, tls = {}, None
    if len(sys.argv) > 4:
        certificate, key, user, password, way = sys.argv[4:9]
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        def authenticate(server, session, envelope, mechanism, data):
            good = (data.login, data.password) == (user.encode(), password.encode())
            return AuthResult(success=good)

        options = {"auth_required": True, "authenticator": authenticate}
        if way == "implicit":
            # aiosmtpd does not know that the connection is secret already.
            tls, options["auth_require_tls"] = context, False
        else:
            options |= {"tls_context": context, "require_starttls": True}
    handler = Handler(maildir)
    port = int(open(port_file).read()) if os.path.exists(port_file) else 0
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, hostname="mail.test", **options), "127.0.0.1", port, ssl=tls
    )
    with open(port_file + ".new", "w") as file:
        file.write(str(server.sockets[0].getsockname()[1]))
    os.rename(port_file + ".new", port_file)
    print("ready", flush=True)
    await server.serve_forever()


asyncio.run(main())
