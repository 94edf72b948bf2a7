"""Every id of the app, so that layouts and callbacks cannot disagree. Nothing else spells an id.

Plain ids are constants of the page's class. What repeats (tiles, cards, rows) has a dict id that callbacks match by
`MATCH` or `ALL`: `Board.tile("graph", MATCH)`.
"""

import json
from typing import Any, TypeAlias

Key: TypeAlias = str | int | Any  # Any: dash's MATCH, ALL, ALLSMALLER
Id: TypeAlias = str | dict[str, Key]


def part(page: str, el: str, **keys: Key) -> dict[str, Key]:
    """A dict id, its keys in one place: `part("board", "graph", chart=12)`."""
    return {"page": page, "el": el, **keys}


def dom_id(name: Id) -> str:
    """The id as the browser has it in the document; Dash writes dict ids as sorted JSON."""
    return name if isinstance(name, str) else json.dumps(name, sort_keys=True, separators=(",", ":"))


class Shell:
    """The application bar and what every page shares."""

    location = "location"
    content = "content"
    search = "app-search"
    account = "app-account"
    menu = "app-menu"
    toasts = "toasts"


class _Tiles:
    """A page that shows tiles; `el` names a part: tile, graph, retry, refresh, again, ask …"""

    page = ""

    @classmethod
    def tile(cls, el: str, chart: Key) -> dict[str, Key]:
        """The id of a part of one tile."""
        return part(cls.page, el, chart=chart)


class Board(_Tiles):
    """One dashboard, looked at."""

    page = "board"
    root = "board"
    refresh = "board-refresh"
    state = "board-state"
    timer = "board-timer"
    delete = "board-delete"
    delete_box = "board-delete-box"
    delete_modal = "board-delete-modal"
    delete_cancel = "board-delete-cancel"
    delete_confirmed = "board-delete-confirmed"


class Share:
    """The panel that makes and ends a public link."""

    panel = "share-panel"
    body = "share-body"
    dashboard = "share-dashboard"
    create = "share-create"
    revoke = "share-revoke"
    question = "share-question"
    modal = "share-modal"
    cancel = "share-cancel"
    confirmed = "share-confirmed"
    expiry = "share-expiry"
    address = "share-address"


class PublicBoard(_Tiles):
    """One dashboard behind its public link."""

    page = "public"
    root = "public-board"
    state = "public-state"
    timer = "public-timer"


class Editor(_Tiles):
    """One dashboard, arranged."""

    page = "editor"
    grid = "editor-grid"
    canvas = "editor-canvas"
    name = "editor-name"
    name_error = "editor-name-error"
    back = "editor-back"
    save = "editor-save"
    discard = "editor-discard"
    undo = "editor-undo"
    redo = "editor-redo"
    settings = "editor-settings"
    description = "editor-description"
    own_background = "editor-own-background"
    background = "editor-background"
    padding = "editor-padding"
    auto_refresh = "editor-auto-refresh"
    search = "editor-search"
    charts = "editor-charts"
    state = "editor-state"
    history = "editor-history"
    about = "editor-about"
    outcome = "editor-outcome"
    save_state = "editor-save-state"
    save_words = "editor-save-words"
    save_dot = "editor-save-dot"
    offer = "editor-offer"
    offer_text = "editor-offer-text"
    restore = "editor-restore"
    forget = "editor-forget"
    conflict = "editor-conflict"
    conflict_text = "editor-conflict-text"
    theirs = "editor-theirs"
    copy = "editor-copy"
    overwrite = "editor-overwrite"
    live = "editor-live"
    keys = "editor-keys"

    @classmethod
    def side_item(cls, chart: Key) -> dict[str, Key]:
        """A chart in the side bar, to be dragged in."""
        return part(cls.page, "side", chart=chart)

    @classmethod
    def slot(cls, number: int) -> str:
        """A place in the grid that can hold a tile; the grid takes no dict ids."""
        return f"editor-slot-{number}"


class Dashboards:
    """The list of dashboards."""

    cards = "dashboards-cards"
    search = "dashboards-search"
    whose = "dashboards-whose"
    sort = "dashboards-sort"
    previous = "dashboards-previous"
    next = "dashboards-next"
    offset = "dashboards-offset"


class Charts:
    """The list of charts."""

    page = "charts"
    search = "charts-search"
    whose = "charts-whose"
    sort = "charts-sort"
    previous = "charts-previous"
    next = "charts-next"
    offset = "charts-offset"
    list = "charts-list"
    delete = "chart-delete"
    confirm = "chart-delete-confirm"
    confirmed = "chart-delete-confirmed"
    cancelled = "chart-delete-cancelled"
    chart = "chart-id"
    body = "chart-body"
    refresh = "chart-refresh"
    facts = "chart-facts"
    graph = "chart-graph"
    add = "chart-add"

    @classmethod
    def add_to(cls, dashboard: Key) -> dict[str, Key]:
        """The menu line that puts the chart on one dashboard; 0 is a new one."""
        return part(cls.page, "add", dashboard=dashboard)

    @classmethod
    def show(cls, value: Key) -> dict[str, Key]:
        """The switch between the chart and its data."""
        return part(cls.page, "show", value=value)


class Wizard:
    """The making of a chart."""

    start = "wizard-start"
    draft = "wizard-draft"
    edits = "wizard-edits"
    dropped = "wizard-dropped"
    uploaded = "wizard-uploaded"
    unsaved = "wizard-unsaved"
    quiet = "wizard-quiet"
    steps = "wizard-steps"
    middle = "wizard-middle"
    drawn = "wizard-drawn"
    parts = ("wizard-step-2", "wizard-step-3", "wizard-step-4")
    graph = "wizard-graph"
    saved = "wizard-saved"
    dialog = "wizard-dialog"
    form = "wizard-form"
    name = "wizard-name"
    description = "wizard-description"
    confirm = "wizard-confirm"
    stale = "wizard-stale"
    current = "wizard-current"
    overwrite = "wizard-overwrite"
    copy = "wizard-copy"
    columns = "wizard-columns"
    search = "wizard-search"
    preview = "wizard-preview"
    arrival = "wizard-arrival"
    arriving = "wizard-arriving"
    brought = "wizard-brought"


class Downloads:
    """The drawer of files that are made in the background, in the bar of every page."""

    page = "downloads"
    panel = "downloads-panel"
    badge = "downloads-badge"
    list = "downloads-list"
    timer = "downloads-timer"
    pressed = "downloads-pressed"
    followed = "downloads-followed"
    ready = "downloads-ready"


class Profile:
    """One's own account and API keys."""

    page = "profile"
    form = "profile-form"
    name = "profile-name"
    scope = "profile-scope"
    expiry = "profile-expiry"
    create = "profile-create"
    made = "profile-made"
    keys = "profile-keys"
    asked = "profile-asked"
    question = "profile-question"
    modal = "profile-modal"
    cancel = "profile-cancel"
    confirmed = "profile-confirmed"

    @classmethod
    def revoke(cls, key: Key) -> dict[str, Key]:
        """The button that ends one API key."""
        return part(cls.page, "revoke", key=key)


class Upload:
    """The drop zone and the review of what was read."""

    page = "upload"
    zone = "upload-zone"
    dataset = "upload-dataset"
    review = "upload-review"
    list = "upload-list"
    search = "upload-search"
    offset = "upload-offset"
    previous = "upload-previous"
    next = "upload-next"
    ask = "upload-ask"
    doomed = "upload-doomed"
    confirm = "upload-confirm"
    confirmed = "upload-confirmed"
    cancelled = "upload-cancelled"

    @classmethod
    def row(cls, el: str, dataset: Key) -> dict[str, Key]:
        """A part of one file's row: delete …"""
        return part(cls.page, el, dataset=dataset)

    @classmethod
    def choice(cls, el: str, name: Key, value: Key) -> dict[str, Key]:
        """One choice about a column: a type, or which comes first in its dates."""
        return part(cls.page, el, name=name, value=value)


class Connections:
    """Connections in the settings: the list, and the form of one of them."""

    page = "connection"
    id = "connection-id"
    fields = "connection-fields"
    name = "connection-name"
    type = "connection-type"
    host = "connection-host"
    port = "connection-port"
    database = "connection-database"
    user = "connection-user"
    password = "connection-password"  # noqa: S105 - a field's id
    tls = "connection-tls"
    certificate = "connection-certificate"
    pool = "connection-pool"
    overflow = "connection-overflow"
    cache = "connection-cache"
    roles = "connection-roles"
    active = "connection-active"
    save = "connection-save"
    test = "connection-test"
    run = "connection-run"
    busy = "connection-busy"
    stop = "connection-stop"
    stopping = "connection-stopping"
    outcome = "connection-outcome"
    delete = "connection-delete"
    question = "connection-question"
    modal = "connection-modal"
    cancel = "connection-cancel"
    confirmed = "connection-confirmed"


class Cache:
    """Remembered answers in the settings."""

    body = "cache-body"
    ttl = "cache-ttl"
    stale = "cache-stale"
    save = "cache-save"
    clear = "cache-clear"


class Browse:
    """The tables of a connection, to make a chart of."""

    page = "browse"
    connection = "browse-connection"
    here = "browse-here"
    search = "browse-search"
    list = "browse-list"
    offset = "browse-offset"
    previous = "browse-previous"
    next = "browse-next"
    detail = "browse-detail"

    @classmethod
    def again(cls, list: Key) -> dict[str, Key]:
        """The button that asks once more; it is there only where something failed."""
        return part(cls.page, "again", list=list)

    @classmethod
    def table(cls, schema: Key, name: Key) -> dict[str, Key]:
        """The line of one table."""
        return part(cls.page, "table", schema=schema, name=name)


class Sql:
    """The page for a person's own SQL; assets/sql.js fills it and knows these ids."""

    root = "sql-page"
    connection = "sql-connection"
    find = "sql-find"
    tree = "sql-tree"
    editor = "sql-editor"
    build = "sql-build"
    builder = "sql-builder"
    params = "sql-params"
    limit = "sql-limit"
    run = "sql-run"
    cancel = "sql-cancel"
    told = "sql-told"
    csv = "sql-csv"
    chart = "sql-chart"
    results = "sql-results"
