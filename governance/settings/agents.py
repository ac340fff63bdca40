"""The agents' doors: claims, limits, DRF, MCP."""

from governance.settings.installation import PUBLIC_URL, VERSION, env

ISSUER: str = env.str("ISSUER", default=PUBLIC_URL)
AUDIENCE: str = env.str("AUDIENCE", default=f"{PUBLIC_URL}/executor")
CLAIM_SECONDS: int = env.int("CLAIM_SECONDS", default=300)
AGENT_CALLS_PER_SECOND: int = env.int("AGENT_CALLS_PER_SECOND", default=50)
AGENT_CALLS_BURST: int = env.int("AGENT_CALLS_BURST", default=200)
WEB_THREADS: int = env.int("WEB_THREADS", default=32)
WAITERS: int = env.int("WAITERS", default=WEB_THREADS // 4)
PEOPLE_POLLS: int = env.int("PEOPLE_POLLS", default=WEB_THREADS // 4)
DATA_UPLOAD_MAX_MEMORY_SIZE = 262_144  # forms too; an upload is bounded by the server
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")

MCP_ALLOWED_ORIGINS: list[str] = env.list("MCP_ALLOWED_ORIGINS", default=[])
# flat | route
MCP_TOOL_NAMES: str = env.str("MCP_TOOL_NAMES", default="flat")
# lenient | strict
MCP_TASK_NAME_HEADER: str = env.str("MCP_TASK_NAME_HEADER", default="lenient")
MCP_LIST_TTL_MS: int = env.int("MCP_LIST_TTL_MS", default=15_000)
MCP_POLL_INTERVAL_MS: int = env.int("MCP_POLL_INTERVAL_MS", default=3000)
MCP_SESSION_IDLE_SECONDS: int = env.int("MCP_SESSION_IDLE_SECONDS", default=86_400)
MCP_PIN_MAX_AGE_SECONDS: int = env.int("MCP_PIN_MAX_AGE_SECONDS", default=900)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["proxy.authentication.AgentAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["proxy.authentication.IsAgent"],
    "DEFAULT_PARSER_CLASSES": ["proxy.rest.wire.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["proxy.rest.wire.JSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "proxy.rest.wire.OnlyJSON",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "governance.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Sealwright",
    "DESCRIPTION": "The agents' door: governed calls, approvals and claims.",
    "VERSION": VERSION,
    "SERVE_INCLUDE_SCHEMA": False,
    "OAS_VERSION": "3.1.0",
}
