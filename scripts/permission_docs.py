"""docs/permissions.md from the table that the tests walk: `make docs`."""

from pathlib import Path

from tests.security.permissions import CALLERS, CALLS, MISSING, Call

ROOT = Path(__file__).resolve().parent.parent
TARGET = ROOT / "docs" / "permissions.md"
HEAD = """\
# Who may do what

Written by `make docs` from the table in `tests/security/permissions.py`, which the tests walk call by call. Pages and
API ask the same place, `vizapp/access.py`.

* **Nobody** has no token; **link** has the public link of a dashboard and nothing else.
* **Viewers** read everything that is shared with whoever is signed in: charts, dashboards, datasets.
* **Editors** make charts, dashboards and datasets, and change and delete their **own**; those of others they read.
* **Admins** do everything, also with what belongs to others or to nobody any more.
* A **read key** is an API key with the scope `read` (of the owner, in this table): it reads what its user reads. One
  with the scope `write` (**admin's key**: of an admin) does what its user does, except for the account (password,
  address, keys, signing out), users, settings and connections: nobody's key manages these.

✓ is done; otherwise the status and the code of the error. *Missing* is what is answered about an object that does not
exist. Where somebody may not even know whether it does, the two are the same: in every word, and in what the database
is asked.

"""
_TITLES = {
    "nobody": "nobody",
    "link": "link",
    "viewer": "viewer",
    "editor": "editor, another's",
    "owner": "editor, own",
    "admin": "admin",
    "key": "read key",
    "admin key": "admin's key",
}


def render() -> str:
    """The page."""
    lines = [f"| call | {' | '.join(_TITLES[who] for who in CALLERS)} |", "| --- |" + " --- |" * len(CALLERS)]
    lines += [_line(call, CALLERS) for call in CALLS]
    lines += ["", "About what does not exist:", ""]
    lines += ["| call | viewer | editor | admin | read key |", "| --- | --- | --- | --- | --- |"]
    lines += [_line(call, MISSING) for call in CALLS if MISSING[0] in call.cells]
    return HEAD + "\n".join(lines) + "\n"


def _line(call: Call, callers: tuple[str, ...]) -> str:
    about = f" {call.about}" if call.about else ""
    return f"| `{call.method} {call.path}`{about} | {' | '.join(_cell(call.cells[who]) for who in callers)} |"


def _cell(text: str) -> str:
    status, _, code = text.partition(" ")
    return f"{status} `{code}`" if code else "✓"


if __name__ == "__main__":
    TARGET.write_text(render(), encoding="utf-8")
