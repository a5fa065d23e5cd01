"""A sheet by mail: what it says as text and as HTML, and the PDF attached. Sent whole to everybody, or to nobody."""

from __future__ import annotations

import smtplib
import ssl
from collections.abc import Iterator, Sequence
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import make_msgid
from html import escape

from components.paper.blocks import Block, Facts, Figures, Heading, Sheet, Text
from db.rules.errors import DeskError
from db.settings import MailSettings

SECONDS = 30
STYLE = "font-family: sans-serif; max-width: 46rem; color: #111; background: #fff"


class MailError(DeskError):
    """The mail could not be sent; the message says why. Nobody got it."""


def message(
    sheet: Sheet, content: bytes, settings: MailSettings, to: Sequence[str], *, desk_url: str = ""
) -> EmailMessage:
    """The mail: its subject is the title; tables are in the PDF alone.

    Raises MailError where nobody is to get it, or for a text that is no address.
    """
    if not to:
        raise MailError("nobody to send it to: name an address after --mail, or set DESK_MAIL_TO; nothing was sent")
    for address in (*to, settings.sender):
        if "@" not in address or any(letter.isspace() or letter in ",;<>" for letter in address):
            raise MailError(f'"{address}" is not an address like ana@example.gov; nothing was sent')
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = " ".join(sheet.title.split())
    mail["From"], mail["To"] = settings.sender, ", ".join(to)
    mail["Message-ID"] = make_msgid(domain=settings.sender.rpartition("@")[2])
    link = f"{desk_url.rstrip('/')}{sheet.link}" if desk_url and sheet.link else ""
    mail.set_content(_text(sheet, link))
    mail.add_alternative(_html(sheet, link), subtype="html")
    mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"{sheet.name}.pdf")
    return mail


def send(made: EmailMessage, settings: MailSettings) -> None:
    """Hand the mail to the server, for all or for none. Raises MailError."""
    where = f"the mail server {settings.host}:{settings.port}"
    try:
        with smtplib.SMTP(settings.host, settings.port, timeout=SECONDS) as server:
            if settings.tls:
                server.starttls(context=ssl.create_default_context(cafile=settings.ca or None))
            if settings.user:
                server.login(settings.user, settings.password)
            _hand_over(server, made, settings.sender, where)
    except smtplib.SMTPNotSupportedError as error:
        why = "does not offer what is asked of it (STARTTLS, sign-in)"
        raise MailError(f"{where} {why}; see DESK_MAIL_TLS in docs/deploying.md; nothing was sent") from error
    except smtplib.SMTPAuthenticationError as error:
        raise MailError(f"{where} does not take DESK_MAIL_USER and its password; nothing was sent") from error
    except (OSError, smtplib.SMTPException) as error:
        raise MailError(f"{where} is away or refuses: {_in_words(error)}; nothing was sent") from error


def _hand_over(server: smtplib.SMTP, mail: EmailMessage, sender: str, where: str) -> None:
    """Name every recipient before the mail itself is sent: one refused address stops it for all. Raises MailError."""
    server.ehlo_or_helo_if_needed()
    code, answer = server.mail(sender)
    if code != 250:
        raise MailError(f"{where} refuses the sender {sender}: {_in_one_line(answer)}; nothing was sent")
    for address in str(mail["To"]).split(", "):
        code, answer = server.rcpt(address)
        if code not in (250, 251):
            server.rset()
            raise MailError(f"{where} refuses {address}: {_in_one_line(answer)}; nothing was sent, to nobody")
    code, answer = server.data(bytes(mail))
    if code != 250:
        raise MailError(f"{where} refuses the mail: {_in_one_line(answer)}; nothing was sent")


def _in_one_line(text: bytes) -> str:
    return " ".join(text.decode("utf-8", "replace").split())


def _in_words(error: BaseException) -> str:
    if isinstance(error, smtplib.SMTPResponseException):
        answer = error.smtp_error
        return _in_one_line(answer if isinstance(answer, bytes) else str(answer).encode())
    return " ".join((getattr(error, "strerror", None) or str(error) or type(error).__name__).split())


def _lines(blocks: Sequence[Block]) -> Iterator[tuple[str, str]]:
    """What a mail says of a sheet: kind (heading | text | quiet | item) and text. Headings of nothing are left out."""
    heading = ""
    for block in blocks:
        if isinstance(block, Heading):
            heading = block.text
            continue
        lines: list[tuple[str, str]] = []
        if isinstance(block, Text):
            lines = [("quiet" if block.is_quiet else "text", block.text)]
        elif isinstance(block, Facts):
            lines = [("item", f"{name}{'' if name.endswith('.') else ':'} {value}") for name, value in block.facts]
        elif isinstance(block, Figures):
            lines = [
                ("item", f"{figure.name}: {figure.value}" + (f" ({figure.second})" if figure.second else ""))
                for figure in block.figures
            ]
        if lines and heading:
            yield "heading", heading
            heading = ""
        yield from lines


def _text(sheet: Sheet, link: str) -> str:
    lines = [sheet.title, f"{sheet.city}, as of {sheet.moment}", sheet.filters, *sheet.notes]
    for kind, text in _lines(sheet.blocks):
        if kind == "heading":
            lines += ["", text.upper()]
        else:
            lines.append(f"- {text}" if kind == "item" else f"  {text}" if kind == "quiet" else text)
    lines += ["", "The whole sheet is attached as PDF."]
    return "\n".join([*lines, *([f"On the desk: {link}"] if link else []), ""])


def _html(sheet: Sheet, link: str) -> str:
    """The same as HTML; every text of the data is escaped."""
    frames = {
        "heading": "<h2>{}</h2>",
        "text": "<p>{}</p>",
        "quiet": '<p style="color: #555; font-size: 85%">{}</p>',
        "item": "<ul><li>{}</li></ul>",
    }
    parts = [frames[kind].format(escape(text)) for kind, text in _lines(sheet.blocks)]
    notes = "".join(f"<p><strong>{escape(note)}</strong></p>" for note in sheet.notes)
    about = f"<p>{escape(sheet.city)}, as of {escape(sheet.moment)}<br>{escape(sheet.filters)}</p>"
    on_desk = f'<p><a href="{escape(link)}">The view on the desk</a></p>' if link else ""
    attached = "<p>The whole sheet is attached as PDF.</p>"
    body = f"<h1>{escape(sheet.title)}</h1>{about}{notes}{''.join(parts)}{attached}{on_desk}"
    head = '<head><meta charset="utf-8"></head>'
    return f'<!doctype html><html lang="en">{head}<body style="{STYLE}">{body}</body></html>\n'
