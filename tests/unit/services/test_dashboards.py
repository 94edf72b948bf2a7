"""Dashboards keep their layout, tell the later of two savers, and open to the world by link only."""

from datetime import timedelta
from threading import Event

import pytest
from sqlalchemy import event

from tests.factories import make_chart, make_dashboard
from vizapp.access import ANONYMOUS, Actor
from vizapp.errors import (
    Gone,
    InsufficientRole,
    InvalidInput,
    NotFound,
    PermissionDenied,
    StaleVersion,
    Unauthenticated,
)
from vizapp.extensions import db, write_tx
from vizapp.models import Dashboard, PublicLink
from vizapp.models.columns import now
from vizapp.schemas.content import DashboardInput, LinkInput
from vizapp.schemas.dashboard import DashboardLayout
from vizapp.services import boards, charts, dashboards, sharing
from vizapp.services.runtime import TILE_THREADS, runtime


@pytest.fixture
def chart_ids(editor: Actor, dataset) -> list[int]:
    return [make_chart(editor, dataset.id, name=f"Chart {n}").id for n in range(3)]


@pytest.fixture
def board(editor: Actor, chart_ids):
    return make_dashboard(editor, chart_ids)


def _layout(*places: tuple[int, int, int, int, int]) -> DashboardLayout:
    items = [{"chartId": c, "position": {"x": x, "y": y, "w": w, "h": h}} for c, x, y, w, h in places]
    return DashboardLayout.parse({"items": items})


def test_a_layout_comes_back_as_it_was_saved_and_tiles_in_reading_order(editor, viewer, chart_ids) -> None:
    a, b, c = chart_ids
    layout = _layout((a, 6, 3, 6, 3), (b, 0, 0, 3, 1), (c, 0, 3, 6, 3))
    made = dashboards.create_dashboard(editor, DashboardInput(name="D", layout=layout))
    assert DashboardLayout.parse(made.layout) == layout
    assert [tile.chart.id for tile in dashboards.tiles(viewer, made.id)] == [b, c, a]


def test_saving_again_moves_adds_and_removes(editor, board, chart_ids) -> None:
    a, b, c = chart_ids
    saved = dashboards.update_dashboard(
        editor, board.id, DashboardInput(name="D", layout=_layout((c, 0, 0, 2, 2), (a, 2, 0, 2, 2)))
    )
    assert [(t.chart.id, t.position.x) for t in dashboards.tiles(editor, board.id)] == [(c, 0), (a, 2)]
    assert saved.version > board.version
    assert charts.get_chart(editor, b).name == "Chart 1"


def test_a_moved_tile_makes_a_new_version(editor, board, chart_ids) -> None:
    layout = DashboardLayout.parse(board.layout)
    once = dashboards.update_dashboard(
        editor, board.id, DashboardInput(name=board.name, layout=layout), version=board.version
    )
    assert once.version == board.version + 1


def test_the_later_of_two_savers_is_told_and_nothing_is_lost(editor, admin, board) -> None:
    mine = DashboardInput(name="Mine", layout=DashboardLayout.parse(board.layout))
    theirs = DashboardInput(name="Theirs", layout=DashboardLayout.parse(board.layout))
    dashboards.update_dashboard(admin, board.id, theirs, version=board.version)
    with pytest.raises(StaleVersion) as caught:
        dashboards.update_dashboard(editor, board.id, mine, version=board.version)
    current = caught.value.details["current_version"]
    assert dashboards.get_dashboard(editor, board.id).name == "Theirs"
    assert dashboards.update_dashboard(editor, board.id, mine, version=current).name == "Mine"


def test_a_chart_that_does_not_exist_is_named_by_its_place(editor, board) -> None:
    with pytest.raises(InvalidInput) as caught:
        dashboards.update_dashboard(editor, board.id, DashboardInput(name="D", layout=_layout((9999, 0, 0, 1, 1))))
    assert caught.value.fields == {"layout.items.0.chartId": "chart 9999 does not exist"}
    assert len(dashboards.tiles(editor, board.id)) == 3


def test_who_may_change_and_delete(admin, editor, other, viewer, board) -> None:
    sent = DashboardInput(name="Taken")
    for stranger, error in ((other, PermissionDenied), (viewer, InsufficientRole), (ANONYMOUS, Unauthenticated)):
        for attempt in (
            lambda who: dashboards.update_dashboard(who, board.id, sent),
            lambda who: dashboards.delete_dashboard(who, board.id),
            lambda who: sharing.create_link(who, board.id, LinkInput()),
            lambda who: sharing.current_link(who, board.id),
            lambda who: sharing.revoke_link(who, board.id),
        ):
            with pytest.raises(error):
                attempt(stranger)
    with pytest.raises(InsufficientRole):
        dashboards.create_dashboard(viewer, sent)
    assert dashboards.get_dashboard(viewer, board.id).name == "Sales"
    dashboards.delete_dashboard(admin, board.id)
    with pytest.raises(NotFound):
        dashboards.get_dashboard(admin, board.id)


def test_putting_another_s_chart_on_my_dashboard_gives_me_no_right_to_it(other, chart_ids) -> None:
    make_dashboard(other, chart_ids)
    with pytest.raises(PermissionDenied):
        charts.delete_chart(other, chart_ids[0])


def test_a_link_opens_one_dashboard_and_its_charts_only(editor, board, chart_ids, dataset) -> None:
    elsewhere = make_chart(editor, dataset.id, name="Private")
    second = make_dashboard(editor, [elsewhere.id], name="Second")
    viewer = sharing.open_link(sharing.create_link(editor, board.id, LinkInput()).token)
    assert dashboards.get_dashboard(viewer, board.id).id == board.id
    assert charts.execute(viewer, chart_ids[0], dashboard_id=board.id).picture.figure
    for forbidden in (
        lambda: dashboards.get_dashboard(viewer, second.id),
        lambda: charts.execute(viewer, elsewhere.id),
        lambda: charts.execute(viewer, elsewhere.id, dashboard_id=second.id),
        lambda: dashboards.list_dashboards(viewer),
        lambda: dashboards.delete_dashboard(viewer, board.id),
        lambda: sharing.revoke_link(viewer, board.id),
    ):
        with pytest.raises(InsufficientRole):
            forbidden()
    with pytest.raises(NotFound):
        charts.execute(viewer, elsewhere.id, dashboard_id=board.id)


def test_a_revoked_replaced_or_expired_link_is_gone_and_an_unknown_one_is_not_found(editor, board) -> None:
    first = sharing.create_link(editor, board.id, LinkInput(expires_in_days=7))
    assert first.expires_at - first.created_at == timedelta(days=7)
    second = sharing.create_link(editor, board.id, LinkInput())
    assert sharing.current_link(editor, board.id).token == second.token
    with pytest.raises(Gone, match="revoked"):
        sharing.open_link(first.token)
    sharing.revoke_link(editor, board.id)
    sharing.revoke_link(editor, board.id)
    assert sharing.current_link(editor, board.id) is None
    with pytest.raises(Gone):
        sharing.open_link(second.token)
    third = sharing.create_link(editor, board.id, LinkInput(expires_in_days=1))
    with write_tx() as session:
        session.query(PublicLink).update({"expires_at": now() - timedelta(seconds=1)})
        session.query(Dashboard).update({"public_token_expires_at": now() - timedelta(seconds=1)})
    with pytest.raises(Gone, match="expired"):
        sharing.open_link(third.token)
    assert sharing.current_link(editor, board.id) is None
    assert not dashboards.get_dashboard(editor, board.id).is_public
    for unknown in ("", "x", "null", "%", first.token[:-1]):
        with pytest.raises(NotFound):
            sharing.open_link(unknown)


def test_the_link_of_a_deleted_dashboard_is_gone(editor, board) -> None:
    token = sharing.create_link(editor, board.id, LinkInput()).token
    dashboards.delete_dashboard(editor, board.id)
    with pytest.raises(Gone):
        sharing.open_link(token)


def test_the_token_is_looked_up_by_its_hash(editor, board) -> None:
    token = sharing.create_link(editor, board.id, LinkInput()).token
    assert token not in [link.token_hash for link in db.session.query(PublicLink)]


def test_views_are_counted_without_making_a_save_stale(editor, board) -> None:
    viewer = sharing.open_link(sharing.create_link(editor, board.id, LinkInput()).token)
    before = dashboards.get_dashboard(editor, board.id)
    for _ in range(3):
        sharing.count_view(viewer)
    db.session.expire_all()
    after = dashboards.get_dashboard(editor, board.id)
    assert sharing.current_link(editor, board.id).access_count == 3
    assert (after.version, after.updated_at) == (before.version, before.updated_at)


def test_one_broken_tile_does_not_take_its_neighbours_along(editor, board, chart_ids, dataset) -> None:
    from vizapp.models import Chart

    with write_tx() as session:
        session.get_one(Chart, chart_ids[1]).config = {
            "chartType": "bar",
            "dataMapping": {"xAxis": "gone", "yAxis": "amount"},
        }
    view = boards.view(editor, board.id, budget=30)
    states = [(tile.drawn.result is not None, tile.drawn.error is not None) for tile in view.tiles]
    assert states == [(True, False), (False, True), (True, False)]


def test_tiles_that_are_not_ready_in_time_are_left_to_come(editor, board, monkeypatch) -> None:
    begun: list[int] = []
    monkeypatch.setattr(boards, "draw", lambda _actor, _board, chart_id, **_: begun.append(chart_id))
    pool, block = runtime().pool, Event()
    stuck = [pool.submit(block.wait, 30) for _ in range(TILE_THREADS)]
    view = boards.view(editor, board.id, budget=0.01)
    assert [tile.drawn for tile in view.tiles] == [None, None, None]
    block.set()
    assert all(future.result(30) for future in stuck)
    pool.submit(int).result(30)
    assert begun == [], "nobody waits for these any more"


def test_an_error_nobody_foresaw_stays_in_its_tile(editor, board, chart_ids, monkeypatch) -> None:
    original = charts.execute

    def broken(actor, chart_id, **more):
        if chart_id == chart_ids[0]:
            raise RuntimeError("secret path")
        return original(actor, chart_id, **more)

    monkeypatch.setattr(charts, "execute", broken)
    tiles = boards.view(editor, board.id, budget=30).tiles
    assert "secret" not in tiles[0].drawn.error.message
    assert tiles[1].drawn.result is not None


def test_a_link_cannot_make_the_server_compute_again(editor, board, chart_ids) -> None:
    viewer = sharing.open_link(sharing.create_link(editor, board.id, LinkInput()).token)
    charts.execute(viewer, chart_ids[0], dashboard_id=board.id)
    assert charts.execute(viewer, chart_ids[0], dashboard_id=board.id, refresh=True).answer.cached


def test_making_and_ending_a_link_does_not_make_a_save_stale(editor, board) -> None:
    sharing.create_link(editor, board.id, LinkInput())
    sharing.revoke_link(editor, board.id)
    sent = DashboardInput(name="Saved", layout=DashboardLayout.parse(board.layout))
    assert dashboards.update_dashboard(editor, board.id, sent, version=board.version).name == "Saved"


def test_a_list_takes_the_same_number_of_queries_whatever_its_length(editor, chart_ids) -> None:
    counted: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *args: counted.append(args[2]))
    lengths = []
    for _ in range(2):
        for number in range(3):
            make_dashboard(editor, chart_ids, name=f"Board {number}")
        db.session.expire_all()
        db.session.rollback()
        counted.clear()
        assert dashboards.list_dashboards(editor).total
        lengths.append(len(counted))
    assert lengths[0] == lengths[1] <= 6


def test_the_page_loads_the_smallest_plotly_that_draws_it(editor, board, dataset) -> None:
    assert boards.bundle_for(editor, board.id) == "basic"
    assert boards.bundle_for(editor, make_dashboard(editor, []).id) == "basic"
