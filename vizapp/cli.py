"""The command line: `python -m vizapp.cli`. Starts the server and workers, migrates, seeds, manages users and keys."""

import os
import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import ParamSpec, TypeVar

import click
from flask import Flask

from vizapp.config import EX_CONFIG, Config, ConfigError, new_key
from vizapp.errors import AppError

ROOT = Path(__file__).parent.parent
_P = ParamSpec("_P")
_T = TypeVar("_T")


def _told(work: Callable[_P, _T]) -> Callable[_P, _T]:
    """Say an expected error in one line instead of a stack trace."""

    @wraps(work)
    def run(*args: _P.args, **kwargs: _P.kwargs) -> _T:
        try:
            return work(*args, **kwargs)
        except ConfigError as exc:
            click.echo(f"vizapp cannot start: {exc}", err=True)
            sys.exit(EX_CONFIG)
        except AppError as exc:
            click.echo(exc.message, err=True)
            sys.exit(1)

    return run


def _app() -> Flask:
    # Imported here: `keys new` and a refused start need nothing of it.
    from vizapp.storage import create_storage  # noqa: PLC0415

    return create_storage(Config.load())


@click.group()
def main() -> None:
    """Vizapp: dashboards from files and databases."""


@main.command()
@_told
def serve() -> None:
    """Migrate, make the first admin, and serve until stopped (HOST, PORT, VIZAPP_DATA_DIR)."""
    from vizapp.services import cache  # noqa: PLC0415

    config = Config.load()
    prepare()
    # No process of this server runs yet, and what an earlier one remembered may be of another version.
    cache.forget_former(config)
    click.echo(f"Vizapp is starting on http://{config.host}:{config.port}")
    os.chdir(ROOT)
    os.execv(sys.executable, [sys.executable, "-m", "gunicorn", "-c", str(ROOT / "gunicorn.conf.py"), "wsgi:app"])  # noqa: S606


@main.command()
@click.option("--threads", type=click.IntRange(1, 32), default=2, show_default=True, help="Jobs at the same time.")
@click.option("--beside-server", is_flag=True, hidden=True, help="How the server starts its own.")
@_told
def worker(threads: int, beside_server: bool) -> None:
    """Run exports and other long work until stopped, apart from the server (which has JOBS=worker then)."""
    from vizapp.worker import work  # noqa: PLC0415

    work(Config.load(), threads=threads, beside_server=beside_server)


@main.command()
@_told
def migrate() -> None:
    """Bring the database to the schema of this version."""
    _app()
    click.echo("The database is up to date.")


@main.command()
@_told
def seed() -> None:
    """Make the first admin and, in development, the sample dashboard."""
    prepare()


def prepare() -> None:
    """What a start needs: schema, first admin, sample content in development."""
    from vizapp.services import accounts, setup  # noqa: PLC0415

    app = _app()
    config = Config.load()
    given = config.admin_password.get_secret_value() if config.admin_password else None
    with app.app_context():
        generated = accounts.first_admin(given, development=config.is_development)
        if generated:
            click.echo(f"The first user is admin with the password {generated}\nIt is shown only once.")
        if config.is_development and setup.is_empty():
            # Importing what draws charts takes as long as the rest of a start: only for a folder that is still empty.
            from vizapp.services import sample  # noqa: PLC0415

            sample.seed()


@main.group()
def user() -> None:
    """Users."""


@user.command("create")
@click.argument("username")
@click.option("--email", required=True)
@click.option("--role", type=click.Choice(["admin", "editor", "viewer"]), default="viewer", show_default=True)
@click.option("--password", help="Generated and printed when not given.")
@_told
def create_user(username: str, email: str, role: str, password: str | None) -> None:
    """Make a user, who changes the password at the first sign-in."""
    import secrets  # noqa: PLC0415

    from vizapp.access import SYSTEM  # noqa: PLC0415
    from vizapp.schemas.content import AccountInput  # noqa: PLC0415
    from vizapp.services import accounts  # noqa: PLC0415

    chosen = password or secrets.token_urlsafe(12)
    account = AccountInput.parse({"username": username, "email": email, "role": role, "password": chosen})
    with _app().app_context():
        accounts.create_user(SYSTEM, account)
    click.echo(f"Made {role} {username}." + ("" if password else f" Password: {chosen}"))


@user.command("reset-password")
@click.argument("username")
@click.option("--password", help="Generated and printed when not given.")
@_told
def reset_password(username: str, password: str | None) -> None:
    """Give a user a new password; their sessions and API keys end."""
    from vizapp.access import SYSTEM  # noqa: PLC0415
    from vizapp.services import accounts  # noqa: PLC0415

    with _app().app_context():
        chosen = accounts.reset_password(SYSTEM, username, password)
    click.echo(f"The password of {username} is set." + ("" if password else f" Password: {chosen}"))


@user.command("list")
@_told
def list_users() -> None:
    """Name, role and state of every user."""
    from vizapp.access import SYSTEM  # noqa: PLC0415
    from vizapp.services import accounts  # noqa: PLC0415

    with _app().app_context():
        for found in accounts.list_users(SYSTEM, limit=10_000).items:
            state = "" if found.is_active else " (inactive)"
            click.echo(f"{found.username}\t{found.role}\t{found.email}{state}")


@main.group()
def keys() -> None:
    """Keys."""


@keys.command("new")
def new_keys() -> None:
    """Print a fresh SECRET_KEY and ENCRYPTION_MASTER_KEY for the environment."""
    click.echo(f"SECRET_KEY={new_key()}\nENCRYPTION_MASTER_KEY={new_key()}")


@keys.command("rotate")
@_told
def rotate_keys() -> None:
    """Encrypt all secrets with ENCRYPTION_MASTER_KEY; the key before it is given as ENCRYPTION_MASTER_KEY_OLD."""
    from vizapp.services import setup  # noqa: PLC0415

    with _app().app_context():
        count = setup.rotate_key()
    connections = "1 connection" if count == 1 else f"{count} connections"
    click.echo(f"Encrypted {connections} with the present key. ENCRYPTION_MASTER_KEY_OLD is not needed any more.")


if __name__ == "__main__":
    main()
