"""Kinds of files: what a file is by its name. Whether its bytes agree is for the reader of that kind to check."""

from enum import StrEnum
from pathlib import PurePath

from vizapp.errors import InvalidFile
from vizapp.sources.limits import FileLimits


class Kind(StrEnum):
    """The formats that are read; the value tells it to a report."""

    csv = "csv"
    parquet = "parquet"
    excel = "excel"
    json = "json"

    @property
    def suffix(self) -> str:
        """How a kept original of this kind is called."""
        return {Kind.excel: ".xlsx", Kind.json: ".jsonl"}.get(self, f".{self.value}")


_KINDS = {
    ".csv": Kind.csv,
    ".tsv": Kind.csv,
    ".txt": Kind.csv,
    ".parquet": Kind.parquet,
    ".xlsx": Kind.excel,
    ".jsonl": Kind.json,
    ".ndjson": Kind.json,
    ".json": Kind.json,
}
_TOLD = {
    ".xls": "Excel files of before 2007 (.xls) cannot be read. Open it and save it as .xlsx.",
    ".xlsm": "Workbooks with macros (.xlsm) are not taken. Save it as .xlsx, which has none.",
    ".xlsb": "Binary workbooks (.xlsb) cannot be read. Save it as .xlsx.",
    ".ods": "OpenDocument sheets (.ods) cannot be read. Save it as .xlsx or .csv.",
    ".zip": "Archives are not opened. Upload the file that is inside.",
    ".gz": "Compressed files are not opened. Upload the file that is inside.",
}


def kind_of(file_name: str, limits: FileLimits = FileLimits()) -> Kind:  # noqa: B008 - frozen
    """The kind of a file of that name. Raises InvalidFile, which names what can be read."""
    suffix = PurePath(file_name).suffix.lower()
    if suffix not in limits.extensions or suffix not in _KINDS:
        message = _TOLD.get(suffix, f"Only {', '.join(limits.extensions)} files can be read.")
        raise InvalidFile(message, details={"extensions": list(limits.extensions)})
    return _KINDS[suffix]
