"""Which format a caller asked for by `Accept`, and the answer in it."""

from urllib.parse import quote

from flask import Response, request

from vizapp.api.wire import revalidated
from vizapp.errors import NotAcceptable
from vizapp.exports.frames import Format
from vizapp.exports.names import file_name
from vizapp.services.formats import AnswerData


def asked_format() -> Format:
    """What suits the caller best, JSON when nothing was said. Raises NotAcceptable, naming what there is."""
    accepted = request.accept_mimetypes
    if not accepted:
        return Format.json
    known = [kind.value for kind in Format]
    # Who asks for "text/csv; charset=utf-8" accepts nothing without the parameter, as the standard has it.
    found = accepted.best_match([*known, *(f"{name}; charset=utf-8" for name in known)])
    if found is None:
        raise NotAcceptable(f"This is answered as {', '.join(known)}.", details={"accepts": known})
    return Format(found.partition(";")[0])


def respond(data: AnswerData, kind: Format) -> Response:
    """The answer as a stream, 304 to a GET by who has it; formats that hold rows only have the rest in headers."""
    response = Response(data.pieces(kind), mimetype=kind.value)
    response.vary.add("Accept")
    response.headers["X-Row-Count"] = str(data.frame.height)
    response.headers["X-Truncated"] = "true" if data.truncated else "false"
    response.headers["X-Data-As-Of"] = data.as_of.isoformat()
    if kind is not Format.json:
        response.headers["Content-Disposition"] = attachment(data.title, kind.suffix)
    if request.method in ("GET", "HEAD"):
        return revalidated(response, tagged_by=data.tag(kind))
    response.set_etag(data.tag(kind), weak=True)
    return response


def attachment(title: str, suffix: str) -> str:
    """Content-Disposition with a file's name in ASCII, and in full as RFC 8187 writes it."""
    name = file_name(title) or "answer"
    plain = name.encode("ascii", "ignore").decode().strip() or "answer"
    full = quote(f"{name}{suffix}", safe="")
    return f"attachment; filename=\"{plain}{suffix}\"; filename*=UTF-8''{full}"
