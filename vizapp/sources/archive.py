"""What a workbook's ZIP archive says about itself, checked before anything in it is unpacked."""

import zipfile
from pathlib import Path

from vizapp.errors import FileTooLarge, InvalidFile
from vizapp.sources.limits import FileLimits

_ZIP = b"PK\x03\x04"
# Before 2007 Office wrote this container; today it is what a workbook with a password is put into.
_COMPOUND = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_PART = "EncryptedPackage".encode("utf-16-le")
_WORKBOOK, _MACROS = "xl/workbook.xml", "xl/vbaProject.bin"
_MEMBERS = 10_000
# XML of a real sheet shrinks to a tenth or so; more than this and much in all is made to harm.
_RATIO, _SMALL = 200, 20 * 1024 * 1024


def check_workbook(path: Path, limits: FileLimits) -> None:
    """Raises InvalidFile for what is no .xlsx workbook, and FileTooLarge for one that unpacks to too much."""
    with path.open("rb") as file:
        start = file.read(len(_COMPOUND))
        if start == _COMPOUND:
            file.seek(0)
            raise InvalidFile(_compound(file.read()))
    if not start:
        raise InvalidFile("The file is empty.")
    if not start.startswith(_ZIP):
        raise InvalidFile("This is not an Excel workbook: it does not begin as one.")
    try:
        with zipfile.ZipFile(path) as archive:
            members = archive.infolist()
    except (zipfile.BadZipFile, ValueError, NotImplementedError, EOFError) as exc:
        raise InvalidFile("This workbook is damaged: it cannot be unpacked.") from exc
    _check_members(members)
    _check_size(members, path.stat().st_size, limits)


def _compound(content: bytes) -> str:
    if _ENCRYPTED_PART in content:
        return "This workbook is protected by a password. Remove the password and upload it again."
    return "This is an Excel file of before 2007 (.xls). Open it and save it as .xlsx."


def _check_members(members: list[zipfile.ZipInfo]) -> None:
    names = {member.filename for member in members}
    if _WORKBOOK not in names:
        raise InvalidFile("This is a ZIP archive, not an Excel workbook.")
    if _MACROS in names:
        raise InvalidFile("This workbook has macros. Save it as .xlsx, which has none.")
    if any(member.flag_bits & 1 for member in members):
        raise InvalidFile("This workbook is protected by a password. Remove the password and upload it again.")


def _check_size(members: list[zipfile.ZipInfo], packed: int, limits: FileLimits) -> None:
    unpacked = sum(member.file_size for member in members)
    limit, megabytes = limits.unpacked_bytes, f"{unpacked / 1024 / 1024:,.0f} MB"
    if unpacked > limit:
        most = f"at most {limit / 1024 / 1024:,.0f} MB can be read"
        raise FileTooLarge(f"This workbook unpacks to {megabytes}; {most}.", details={"limit": limit, "size": unpacked})
    if unpacked > max(_SMALL, _RATIO * packed):
        message = f"This workbook unpacks to {megabytes}, over {_RATIO} times its size, and is not opened."
        raise FileTooLarge(message, details={"limit": _RATIO * packed, "size": unpacked})
    if len(members) > _MEMBERS:
        message = f"This workbook has {len(members):,} parts; at most {_MEMBERS:,} are read."
        raise FileTooLarge(message, details={"limit": _MEMBERS, "size": len(members)})
