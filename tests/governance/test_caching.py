"""Limits of sign-in hold while Redis is away: each process counts alone."""

from governance.caching import SharedOrOwn


def test_without_redis_the_process_has_its_own_counters() -> None:
    away = SharedOrOwn("unix:///nowhere/redis.sock", {})

    assert away.add("tries", 1) is True
    assert away.add("tries", 1) is False
    assert away.incr("tries") == 2
    away.set_many({"a": 1, "b": 2})
    assert away.get_many(["a", "b", "c"]) == {"a": 1, "b": 2}
    away.delete("a")
    assert away.get("a", "gone") == "gone"
    assert away.has_key("b") is True
    away.clear()
    assert away.get("tries") is None
