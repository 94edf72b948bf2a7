"""Excel workbooks made by hand, so that tests can say exactly what is in them, the wrong things included."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from xml.sax.saxutils import escape

Cell = str | int | float | bool | date | None
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_REL = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACK = "http://schemas.openxmlformats.org/package/2006"
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 - Excel knows no zones
# Style 1 is a date, style 2 a moment.
_STYLES = (
    f'{_HEAD}<styleSheet {_MAIN}><fonts count="1"><font/></fonts><fills count="1"><fill/></fills>'
    '<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0"/><xf numFmtId="14" applyNumberFormat="1"/>'
    '<xf numFmtId="22" applyNumberFormat="1"/></cellXfs></styleSheet>'
)


def column_name(index: int) -> str:
    """0 → A, 26 → AA."""
    name = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        name = chr(65 + rest) + name
    return name


def cell_xml(value: Cell, reference: str) -> str:
    """One cell; nothing for None."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return f'<c r="{reference}" t="b"><v>{int(value)}</v></c>'
    if isinstance(value, datetime):
        return f'<c r="{reference}" s="2"><v>{(value - _DAY_ZERO).total_seconds() / 86400!r}</v></c>'
    if isinstance(value, date):
        return f'<c r="{reference}" s="1"><v>{(value - _DAY_ZERO.date()).days}</v></c>'
    if isinstance(value, int | float):
        return f'<c r="{reference}"><v>{value!r}</v></c>'
    return f'<c r="{reference}" t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'


def sheet_xml(rows: Sequence[Sequence[Cell]], *, extra: str = "") -> str:
    """A worksheet; `extra` follows its data, such as merged cells."""
    lines = (
        f'<row r="{y}">{"".join(cell_xml(value, f"{column_name(x)}{y}") for x, value in enumerate(row))}</row>'
        for y, row in enumerate(rows, 1)
    )
    return f"{_HEAD}<worksheet {_MAIN}><sheetData>{''.join(lines)}</sheetData>{extra}</worksheet>"


def parts(sheets: Mapping[str, str]) -> dict[str, str]:
    """The files of a workbook with these worksheets."""
    ids = list(enumerate(sheets, 1))
    listed = "".join(f'<sheet name="{escape(name)}" sheetId="{i}" r:id="rId{i}"/>' for i, name in ids)
    links = "".join(f'<Relationship Id="rId{i}" Type="{_REL}/worksheet" Target="worksheets/s{i}.xml"/>' for i, _ in ids)
    kinds = "".join(
        f'<Override PartName="/xl/worksheets/s{i}.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/>'
        for i, _ in ids
    )
    return {
        "[Content_Types].xml": f'{_HEAD}<Types xmlns="{_PACK}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        '<Override PartName="/xl/workbook.xml" '
        'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
        f"{kinds}</Types>",
        "_rels/.rels": f'{_HEAD}<Relationships xmlns="{_PACK}/relationships">'
        f'<Relationship Id="rId1" Type="{_REL}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        "xl/workbook.xml": f'{_HEAD}<workbook {_MAIN} xmlns:r="{_REL}"><sheets>{listed}</sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'{_HEAD}<Relationships xmlns="{_PACK}/relationships">{links}'
        f'<Relationship Id="rId900" Type="{_REL}/styles" Target="styles.xml"/>'
        f'<Relationship Id="rId901" Type="{_REL}/sharedStrings" Target="sharedStrings.xml"/></Relationships>',
        "xl/styles.xml": _STYLES,
        "xl/sharedStrings.xml": f'{_HEAD}<sst {_MAIN} count="0" uniqueCount="0"></sst>',
        **{f"xl/worksheets/s{i}.xml": sheets[name] for i, name in ids},
    }


def packed(files: Mapping[str, str | bytes]) -> bytes:
    """The files as a ZIP archive."""
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return body.getvalue()


def workbook(sheets: Mapping[str, Sequence[Sequence[Cell]]]) -> bytes:
    """A workbook with these sheets, row by row."""
    return packed(parts({name: sheet_xml(rows) for name, rows in sheets.items()}))
