"""The cache behind the limits of sign-in: shared by processes, or each its own."""

from collections.abc import Callable
from typing import Any, Final

import redis
from django.core.cache.backends.locmem import LocMemCache
from django.core.cache.backends.redis import RedisCache

_AWAY: Final = (redis.ConnectionError, redis.TimeoutError)


def _either(name: str) -> Callable[..., Any]:
    def method(self: "SharedOrOwn", *args: Any, **kwargs: Any) -> Any:
        try:
            return getattr(RedisCache, name)(self, *args, **kwargs)
        except _AWAY:
            return getattr(self.own, name)(*args, **kwargs)

    return method


class SharedOrOwn(RedisCache):
    """Redis; while it is away each process counts alone, and people still sign in."""

    def __init__(self, server: str, params: dict[str, Any]) -> None:
        super().__init__(server, params)
        self.own = LocMemCache("while Redis is away", {})

    add = _either("add")
    get = _either("get")
    set = _either("set")
    touch = _either("touch")
    delete = _either("delete")
    has_key = _either("has_key")
    incr = _either("incr")
    get_many = _either("get_many")
    set_many = _either("set_many")
    delete_many = _either("delete_many")
    clear = _either("clear")
