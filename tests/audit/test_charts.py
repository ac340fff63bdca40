"""Numbers as geometry: nothing is drawn longer than it is, and nothing is lost."""

from audit.charts import bars, columns


def test_the_longest_bar_is_a_hundred_and_the_others_their_share() -> None:
    found = bars([("a", 4.0, "4"), ("b", 1.0, "1"), ("c", 0.0, "0")])

    assert [(bar.label, bar.width) for bar in found] == [
        ("a", 100.0),
        ("b", 25.0),
        ("c", 0.0),
    ]


def test_shares_are_drawn_of_the_whole_and_never_beyond_it() -> None:
    assert [bar.width for bar in bars([("a", 0.5, ""), ("b", 3.0, "")], most=1.0)] == [
        50.0,
        100.0,
    ]


def test_no_bars_are_no_bars_and_zeros_have_no_width() -> None:
    assert bars([]) == []
    assert bars([("a", 0.0, "0")])[0].width == 0.0


def test_columns_are_stacked_from_below() -> None:
    found = columns([("9", {"allowed": 3, "refused": 1}), ("10", {"allowed": 2})])

    assert (found.most, found.width) == (4, 20.0)
    assert found.totals == {"allowed": 5, "refused": 1}
    first = [(part.kind, part.y, part.height) for part in found.columns[0].parts]
    assert first == [("allowed", 25.0, 75.0), ("refused", 0.0, 25.0)]


def test_nothing_counted_is_empty() -> None:
    assert columns([("9", {"allowed": 0})]).is_empty
    assert not columns([("9", {"allowed": 1})]).is_empty


def test_something_may_stand_behind_each_part_and_each_column() -> None:
    counts = [("9", {"done": 3, "denied": 1}), ("10", {"done": 0, "denied": 2})]

    drawn = columns(counts, behind=lambda number, kind: f"/{number}/{kind}")

    assert [(column.href, column.total) for column in drawn.columns] == [
        ("/0/", 4),
        ("/1/", 2),
    ]
    assert [part.href for part in drawn.columns[1].parts] == ["/1/done", "/1/denied"]
    assert columns(counts).columns[0].href == ""
