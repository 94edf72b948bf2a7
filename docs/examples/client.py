"""Vizapp from a program, in plain Python: sign in, upload a CSV file, make a chart and a dashboard, read, share.

    VIZAPP_USER=ann VIZAPP_PASSWORD=… python client.py http://127.0.0.1:8050 sales.csv region amount

adds up `amount` for each `region`, prints the numbers, and the address of a dashboard that everybody may read for 30
days. A job that runs without anybody sets VIZAPP_API_KEY to a key with the scope `write` instead of signing in.
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any


class Refused(Exception):
    """An answer that is an error: `status` for HTTP, `code` for programs, `details` for what is wrong where."""

    def __init__(self, status: int, error: dict[str, Any]) -> None:
        super().__init__(f"{status} {error['code']}: {error['message']} (request {error['requestId']})")
        self.status, self.code, self.details = status, error["code"], error.get("details", {})


class Vizapp:
    """One server; `token` is an access token or an API key."""

    def __init__(self, url: str, token: str = "") -> None:
        self.url, self.token = url.rstrip("/"), token

    def sign_in(self, username: str, password: str) -> None:
        """Work as this user, for half an hour unless the server says otherwise."""
        answer = self.call("POST", "/api/auth/login", {"username": username, "password": password})
        self.token = answer["access_token"]

    def call(self, method: str, path: str, body: object = None) -> Any:
        """The answer's JSON, None when it has none; raises Refused."""
        sent = None if body is None else json.dumps(body).encode()
        return self._send(method, path, sent, "application/json")

    def upload(self, file: Path) -> dict[str, Any]:
        """A file as a dataset; CSV, Excel, Parquet and JSON alike."""
        border = uuid.uuid4().hex
        head = f'--{border}\r\nContent-Disposition: form-data; name="file"; filename="{file.name}"\r\n\r\n'
        body = head.encode() + file.read_bytes() + f"\r\n--{border}--\r\n".encode()
        made: dict[str, Any] = self._send("POST", "/api/datasets", body, f"multipart/form-data; boundary={border}")
        return made

    def _send(self, method: str, path: str, body: bytes | None, kind: str) -> Any:
        headers = {"Accept": "application/json"}
        if body is not None:
            headers["Content-Type"] = kind
        if self.token:
            headers["Authorization"] = f"Bearer {self.token}"
        request = urllib.request.Request(self.url + path, body, headers, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                text = answer.read()
        except urllib.error.HTTPError as exc:
            with exc:
                raise Refused(exc.code, json.load(exc)["error"]) from None
        return json.loads(text) if text else None


def main(url: str, file: str, x: str, y: str) -> None:
    """The whole way from a file to a shared dashboard."""
    vizapp = Vizapp(url, os.environ.get("VIZAPP_API_KEY", ""))
    if not vizapp.token:
        vizapp.sign_in(os.environ["VIZAPP_USER"], os.environ["VIZAPP_PASSWORD"])

    dataset = vizapp.upload(Path(file))
    config = {"x": x, "y": y}
    chart = vizapp.call(
        "POST",
        "/api/charts",
        {"name": f"{y} by {x}", "chart_type": "bar", "config": config, "dataset_id": dataset["id"]},
    )
    answer = vizapp.call("POST", f"/api/charts/{chart['id']}/execute")
    for row in answer["rows"]:
        print(*(row[column] for column in answer["columns"]), sep="\t")

    place = {"chart_id": chart["id"], "position": {"x": 0, "y": 0, "w": 6, "h": 3}}
    board = vizapp.call("POST", "/api/dashboards", {"name": f"From {dataset['name']}", "charts": [place]})
    link = vizapp.call("POST", f"/api/dashboards/{board['id']}/share", {"expires_in_days": 30})
    print(link["url"])


if __name__ == "__main__":
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    main(*sys.argv[1:5])
