"""Reports for print: all of it is there, in every script, and nothing people wrote is read as markup."""

import io
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image as Picture

from tests.conftest import needs
from tests.paper import Printed
from vizapp.exports.fonts import PLACES
from vizapp.exports.pdf import WIRE, Image, Orientation, Paper, Report, Section, Sheet, pdf
from vizapp.schemas.view import Column, KpiView, LegendItem, TableView, Tone

SCRIPTS = {
    "Latin": "Übersicht – naïve façade",
    "Cyrillic": "Выручка по месяцам",
    "Greek": "Έσοδα ανά μήνα",
    "Arabic": "الإيرادات حسب الشهر",
    "Hebrew": "הכנסות לפי חודש",
    "Chinese": "每月收入报告",
    "Japanese": "月別売上レポート",
    "Korean": "월별 매출 보고서",
    "symbols": "→ ✓ ★ ▲ − … € ₽ ₹",
}
KPI = KpiView("Revenue", "1.84M", "€", "▲ 12%", "in Sep 2026", Tone.good, (1.0, 3.0, None, 2.0, 5.0))


def png(width: float, height: float, colour: str = "#dde8f4") -> Image:
    made = io.BytesIO()
    Picture.new("RGB", (round(width * 200 / 72) + 1, round(height * 200 / 72) + 1), colour).save(made, "PNG")
    return Image(made.getvalue(), width, height)


def table(rows: int, columns: int = 3) -> TableView:
    heads = tuple(Column(f"column {c}", numeric=c > 0) for c in range(columns))
    return TableView(heads, tuple(tuple(f"{r}.{c}" for c in range(columns)) for r in range(rows)))


def report(*sections: Section, **more: object) -> Report:
    return Report("The report", sections, **more)


def test_a_report_is_a_cover_with_contents_and_then_everything_in_order(tmp_path: Path) -> None:
    sheet = Sheet()
    sections = (
        Section("Revenue", kpi=KPI),
        Section("By month", "Total revenue", image=png(*sheet.plot(half=False)), notes=("Only the first 50.",),
                legend=(LegendItem("North", "#0072B2", 0), LegendItem("South", "#E69F00", 1))),
        Section("Products", "3 rows", table=table(3)),
        Section("Broken", message="The database cannot be reached."),
    )  # fmt: skip
    facts = (("Data as of", "22 Nov 2026, 17:13 UTC"), ("Filters", "region is North"))
    whole = report(*sections, description="What it is about", author="ada", facts=facts, company="Acme GmbH")
    printed = Printed(pdf(whole), tmp_path)
    cover = printed.text(1)
    for words in ("Acme GmbH", "The report", "What it is about", *(word for fact in facts for word in fact)):
        assert words in cover
    assert next(line.split() for line in cover.splitlines() if line.endswith("2")) == ["Revenue", "2"]
    inside = printed.text().partition("\f")[2]
    places = [
        inside.index(words) for words in ("1.84M", "▲ 12%", "By month", "North", "Only the first 50.", "Products")
    ]
    assert places == sorted(places)
    assert "2.2" in inside
    assert "The database cannot be reached." in inside
    assert printed.outline == ["Revenue", "By month", "Products", "Broken"]
    assert f"Page 1 of {printed.pages}" in cover
    assert (printed.about("Title"), printed.about("Author")) == ("The report", "ada")


def test_every_script_is_printed_with_embedded_fonts_and_can_be_searched(tmp_path: Path) -> None:
    for file in ("DejaVuSans.ttf", "wqy-microhei.ttc"):
        needs(file, present=any(list(place.rglob(file)) for place in PLACES))
    cells = tuple((name, text) for name, text in SCRIPTS.items())
    view = TableView((Column("Script"), Column("Words")), cells)
    sections = [Section(text) for text in SCRIPTS.values()]
    printed = Printed(pdf(report(*sections, Section("All", table=view))), tmp_path)
    # Poppler marks directions, and takes narrow spaces between fonts for none.
    words = "".join(char for char in printed.text() if char not in "\u202a\u202b\u202c\u200e\u200f \n")
    for name, text in SCRIPTS.items():
        assert words.count("".join(text.split())) == 3, name  # contents, heading, cell
    assert all(printed.fonts.values()), printed.fonts
    assert "Notprinted" not in words


def test_what_no_font_has_is_told_and_the_rest_is_printed(tmp_path: Path) -> None:
    printed = Printed(pdf(report(Section("Hindi हिन्दी here"))), tmp_path)
    assert "No font on the server has devanagari letter" in printed.text(1)
    assert "here" in printed.text(2)


HOSTILE = (
    '<img src="file:///etc/passwd">',
    "<pdf:nextpage/><pdf:include src=/etc/passwd>",
    '</style><style>body{background-image:url("http://192.0.2.1/x.png")}</style>',
    "{{ report.author }} {% raw %}",
    "</h2><script>x</script>&lt;&amp;",
    '<viztable number="0">',
    '" onload="x" style="color:red',
)


def test_what_people_wrote_is_printed_letter_by_letter(tmp_path: Path) -> None:
    sections = []
    for text in HOSTILE:
        sections += [
            Section(text, text, table=TableView((Column(text),), ((text,),), total=(text,)), notes=(text,)),
            Section(text, kpi=KpiView(text, text, text, text, text)),
            Section("Picture", image=png(200, 100), words=text, legend=(LegendItem(text, text, 0),)),
            Section("None", message=text),
        ]
    facts = tuple((text, text) for text in HOSTILE)
    printed = Printed(pdf(Report(HOSTILE[0], tuple(sections), HOSTILE[1], HOSTILE[2], facts, HOSTILE[3])), tmp_path)
    words = "".join(printed.text().split())
    for text in HOSTILE:
        # twice in the contents and on the cover, five in a table, five in a number, in a legend and as a message
        assert words.count("".join(text.split())) >= 16, text
    assert "root:" not in words
    assert (printed.about("Title"), printed.about("Author")) == (HOSTILE[0], HOSTILE[2])


def test_a_long_table_is_whole_and_says_its_columns_on_each_page(tmp_path: Path) -> None:
    printed = Printed(pdf(report(Section("Long", table=table(500)))), tmp_path)
    pages = [printed.text(page) for page in range(2, printed.pages + 1)]
    assert len(pages) > 5
    assert all("column 0" in page and "column 2" in page for page in pages)
    found = [line.split()[0] for page in pages for line in page.splitlines() if line.strip().endswith(".2")]
    assert found == [f"{row}.0" for row in range(500)]


def test_a_table_that_is_too_wide_comes_in_parts_that_say_so(tmp_path: Path) -> None:
    printed = Printed(pdf(report(Section("Wide", table=table(40, 40)))), tmp_path)
    words = printed.text()
    assert "Columns 1–" in words
    assert "–40 of 40" in words
    for column in range(40):
        assert f"39.{column}" in words
    assert words.count("39.0") == words.count("of 40")  # the first column stands in each part


def test_long_words_and_texts_are_wrapped_and_nothing_is_lost(tmp_path: Path) -> None:
    long = " ".join(f"word{number}" for number in range(30))
    endless = "x" * 180 + "END"
    view = TableView((Column("a"), Column("b"), Column("c")), ((long, endless, "1"),))
    printed = Printed(pdf(report(Section(f"{long} {endless}", table=view))), tmp_path)
    words = "".join(printed.text(2).split())
    assert all(f"word{number}" in words for number in range(30))
    assert words.count("E") >= 2
    assert int(printed.about("Pages")) >= 2


@pytest.mark.parametrize(
    "sheet", [Sheet(), Sheet(Paper.Letter, Orientation.landscape, dark=True)], ids=["A4 portrait", "Letter landscape"]
)
def test_pictures_are_fit_for_print(tmp_path: Path, sheet: Sheet) -> None:
    sections = [
        Section("Whole", image=png(*sheet.plot(half=False))),
        Section("Left", image=png(*sheet.plot(half=True)), half=True),
        Section("Right", image=png(*sheet.plot(half=True)), half=True),
    ]
    printed = Printed(pdf(report(*sections, sheet=sheet)), tmp_path)
    width, height = sheet.size
    assert printed.about("Page size").startswith(f"{width:.6g} x {height:.6g}")
    assert len(printed.images) == 3
    assert all(density >= 200 for _, density in printed.images)


def test_without_any_font_it_is_printed_in_what_every_reader_has(tmp_path: Path) -> None:
    script = (
        "import sys; from vizapp.exports.paper import print_report;"
        "sys.stdout.buffer.write(print_report(sys.stdin.buffer.read(), []))"
    )
    whole = WIRE.dump_json(report(Section("Übersicht 売上", table=table(3)), Section("Number", kpi=KPI)))
    done = subprocess.run([sys.executable, "-c", script], input=whole, capture_output=True, check=True)
    printed = Printed(done.stdout, tmp_path)
    assert "Übersicht ??" in printed.text(2)
    assert "No font on the server has" in printed.text(1)


def test_the_company_and_its_logo_are_on_the_cover(tmp_path: Path) -> None:
    printed = Printed(pdf(report(company="Acme GmbH", logo=png(90, 30).png)), tmp_path)
    assert printed.text(1).split()[:2] == ["Acme", "GmbH"]
    assert len(printed.images) == 1
    broken = Printed(pdf(report(company="Acme GmbH", logo=b"\x89PNG\r\n\x1a\n")), tmp_path)
    assert broken.text(1).split()[:2] == ["Acme", "GmbH"]


def test_an_empty_report_is_a_cover(tmp_path: Path) -> None:
    printed = Printed(pdf(report()), tmp_path)
    assert printed.pages == 1
    assert "Page 1 of 1" in printed.text()
