"""Bytes → text: what the file is encoded in, and whether it is text at all."""

import re
from dataclasses import dataclass

import puremagic
from charset_normalizer import from_bytes

from vizapp.errors import InvalidFile
from vizapp.sources.notes import Note, on_lines

# First bytes of files that people rename to .csv, and how to call them.
_SIGNATURES = (
    (b"PK\x03\x04", "a ZIP archive or an Excel workbook"),
    (b"PK\x05\x06", "an empty ZIP archive"),
    (b"\x89PNG\r\n", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
    (b"GIF8", "a GIF image"),
    (b"%PDF-", "a PDF document"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ\x00", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"\x7fELF", "a program"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "an old Office document"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"ARROW1", "an Arrow file"),
    (b"Obj\x01", "an Avro file"),
    (b"{\\rtf", "an RTF document"),
)
_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32-le"),
    (b"\x00\x00\xfe\xff", "utf-32-be"),
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
_LOOK = 64 * 1024
_CONTROL = bytes(set(range(32)) - {*b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e\x1f\x00\x01\x02"})
_HIGH = bytes(range(128, 256))


@dataclass(frozen=True, slots=True)
class Decoded:
    """The file as UTF-8 bytes without a byte order mark and without NUL."""

    data: bytes
    encoding: str
    notes: tuple[Note, ...] = ()


def decode(raw: bytes, *, encoding: str = "", wanted: str = "a CSV file") -> Decoded:
    """Bytes of any text encoding → UTF-8; `encoding` is what a person said, `wanted` what the file should be.

    Raises InvalidFile for what is not text, or not text in that encoding.
    """
    _refuse_signatures(raw, wanted)
    mark, bom = next(((mark, name) for mark, name in _BOMS if raw.startswith(mark)), (b"", ""))
    name = bom or encoding or _wide(raw)
    if name and name.lower().replace("_", "-") not in ("utf-8", "utf8", "ascii"):
        return _transcoded(raw[len(mark) :], name, wanted)
    raw = raw[len(mark) :] if mark else raw
    _refuse_binary(raw, wanted)
    try:
        raw.decode()
    except UnicodeDecodeError as exc:
        if encoding and not bom:
            line = raw.count(b"\n", 0, exc.start) + 1
            raise InvalidFile(f"Line {line:,} is not valid UTF-8.", details={"line": line}) from exc
        return _guessed(raw)
    return _without_nul(raw, "utf-8", [])


def _transcoded(raw: bytes, name: str, wanted: str) -> Decoded:
    """Strictly decode; a torn last character of a cut file is left out."""
    width = 4 if "32" in name else 2 if "16" in name else 1
    raw = raw[: len(raw) - len(raw) % width]
    try:
        text = raw.decode(name)
    except LookupError as exc:
        raise InvalidFile(f"“{name[:40]}” is not an encoding.", details={"encoding": name[:40]}) from exc
    except UnicodeError as exc:
        raise InvalidFile(f"The file is not valid {name}.", details={"encoding": name}) from exc
    data = text.encode("utf-8", errors="replace")
    if width > 1:
        _refuse_binary(data, wanted)
    return _without_nul(data.removeprefix(b"\xef\xbb\xbf"), name, [])


def _without_nul(data: bytes, encoding: str, notes: list[Note]) -> Decoded:
    if b"\x00" in data:
        places = [found.start() for found in re.finditer(rb"\x00", data)]
        lines = sorted({data.count(b"\n", 0, place) + 1 for place in places[:10]})
        text = f"{len(places):,} NUL characters were removed {on_lines(lines)}."
        notes.append(Note("nul_removed", text, len(places), tuple(lines)))
        data = data.replace(b"\x00", b"")
    return Decoded(data, encoding, tuple(notes))


def _refuse_signatures(raw: bytes, wanted: str) -> None:
    for signature, kind in _SIGNATURES:
        if raw.startswith(signature):
            raise InvalidFile(f"This is {kind}, not {wanted}.", details={"found": kind})
    if raw.startswith(b"MZ") and b"\x00" in raw[:256]:
        raise InvalidFile(f"This is a program, not {wanted}.", details={"found": "a program"})
    start = raw[:512].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        raise InvalidFile(f"This is a web page or XML, not {wanted}.", details={"found": "markup"})


def _refuse_binary(data: bytes, wanted: str) -> None:
    """Control characters and NUL are rare in text; a tenth of them is no text."""
    look = data[:_LOOK]
    controls = len(look) - len(look.translate(None, _CONTROL))
    if controls > 0.05 * len(look) or look.count(0) > 0.1 * len(look):
        kind = _named(look)
        raise InvalidFile(f"This is {kind}, not {wanted}.", details={"found": kind})


def _named(look: bytes) -> str:
    try:
        name = str(puremagic.magic_string(look)[0].name)
    except (puremagic.PureError, ValueError, IndexError):
        return "binary data"
    return f"binary data ({name})" if name else "binary data"


def _wide(raw: bytes) -> str:
    """UTF-16 without a mark: in one half of the byte pairs nearly every byte is the same."""
    look = raw[: _LOOK - _LOOK % 2]
    if len(look) < 4 or b"\x00" not in look:
        return ""
    found = []
    for name, high in (("utf-16-le", look[1::2]), ("utf-16-be", look[0::2])):
        low = look[0::2] if name.endswith("le") else look[1::2]
        newline = b"\n\x00" if name.endswith("le") else b"\x00\n"
        zeros, wrong = high.count(0) / len(high), low.count(0) / len(low)
        steady = max(high.count(value) for value in set(high[:2000])) / len(high)
        if wrong < 0.05 and (zeros > 0.5 or (steady > 0.5 and newline in look)):
            found.append((zeros + steady, name))
    return max(found)[1] if found else ""


def _guessed(raw: bytes) -> Decoded:
    """Neither UTF-8 nor UTF-16: nearly UTF-8, a code page of a far script, or Western European."""
    nearly = raw.decode("utf-8", errors="replace")
    broken = nearly.count("\ufffd")
    high = len(raw) - len(raw.translate(None, _HIGH))
    if high > 5 * broken + 20 and broken < 0.05 * high:
        line = nearly.count("\n", 0, nearly.index("\ufffd")) + 1
        text = f"{broken:,} broken characters were replaced, first on line {line:,}."
        return _without_nul(nearly.encode(), "utf-8", [Note("broken_characters", text, broken, (line,))])
    name = _far_script(raw, high) or _western(raw)
    note = Note("encoding", f"The file is not UTF-8; it was read as {name}.")
    return _without_nul(raw.decode(name, errors="replace").encode(), name, [note])


def _far_script(raw: bytes, high: int) -> str:
    """A code page such as windows-1251 or Shift JIS, when most letters are beyond ASCII."""
    look = b"\n".join(line for line in raw[: 16 * _LOOK].split(b"\n") if line.translate(None, _HIGH) != line)[:_LOOK]
    letters = sum(1 for byte in look if byte >= 128 or chr(byte).isalpha())
    beyond = len(look) - len(look.translate(None, _HIGH))
    # Accents and typographic marks stand alone in Western text; letters of another script stand together.
    together = sum(len(run) for run in re.findall(rb"[\x80-\xff]{2,}", look))
    if not high or beyond < 0.35 * letters or together < 0.4 * beyond:
        return ""
    best = from_bytes(look).best()
    return best.encoding if best is not None and best.encoding not in ("ascii", "utf_8") else ""


def _western(raw: bytes) -> str:
    try:
        raw.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "cp1252"
