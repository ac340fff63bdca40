"""Pictures of numbers as geometry."""

from audit.charts import bars, columns

COUNTS = [("10:00", {"done": 3, "denied": 1}), ("11:00", {"done": 0, "denied": 2})]


def test_parts_are_stacked_from_below_to_the_height_of_the_highest() -> None:
    drawn = columns(COUNTS)

    first, second = drawn.columns
    assert [(p.y, p.height) for p in first.parts] == [(25.0, 75.0), (0.0, 25.0)]
    assert [(p.y, p.height) for p in second.parts] == [(100.0, 0.0), (50.0, 50.0)]
    assert (drawn.most, drawn.totals) == (4, {"done": 3, "denied": 3})
    assert (drawn.width, second.x, second.total) == (20.0, 10.0, 2)
    assert first.href == first.parts[0].href == ""


def test_something_may_stand_behind_each_part_and_each_column() -> None:
    drawn = columns(COUNTS, behind=lambda number, kind: f"/{number}/{kind}")

    assert [column.href for column in drawn.columns] == ["/0/", "/1/"]
    assert [part.href for part in drawn.columns[1].parts] == ["/1/done", "/1/denied"]


def test_nothing_counted_draws_nothing() -> None:
    assert columns([("10:00", {"done": 0})]).is_empty
    assert bars([]) == []


def test_the_longest_bar_is_a_hundred() -> None:
    drawn = bars([("a", 4, "4"), ("b", 1, "1")])

    assert [bar.width for bar in drawn] == [100.0, 25.0]
    assert [bar.width for bar in bars([("a", 4, "4")], most=8)] == [50.0]
