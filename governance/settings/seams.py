"""What a layer needs from one above it, by name, so that imports stay one line."""

ROUTE_CHECK = "approvals.routes.check_route"
ROUTE_CHANGED = "approvals.routes.route_changed"
ROUTE_HABIT = "approvals.habits.habit_of"
ROUTE_PREVIEW = "proxy.preview.preview_route"
EXECUTIONS = "proxy.pages.executions"
HOME_PARTS = [
    "proxy.home.unresolved",
    "approvals.views.home.waiting",
    "proxy.home.lately",
    "governance.views.refusals",
]
LOG_ORIGIN = "governance.logbook.origin"
LOG_KEYS = "governance.logbook.private_keys"
ANCHOR_POST = "governance.logbook.post"
CONFIGURATION_CHANGED = "approvals.services.configured.tell_changed"
SIGN_IN_CHANGED = "approvals.services.notices.tell_sign_in_changed"
PERSON_LEFT = "approvals.services.leaving.leave"
ROLLBACK_ACCEPTED = "approvals.services.new_epoch"
LANE_PROOF = "proxy.credentials.proof.prove_lane"
LANE_POWER = "proxy.power.power_of"
ROUTE_VOTERS = "approvals.routes.who_could_vote"
SEALED_FIELDS = ["governance.sealedfields.FIELDS", "approvals.sealedfields.FIELDS"]
GAUGES = ["audit.gauges.gauges", "approvals.gauges.gauges", "proxy.gauges.gauges"]
ON_STOP = [
    "proxy.capacity.stop_taking",
    "proxy.waiting.let_go",
    "proxy.credentials.reuse.forget",
]
IMPORTS = {
    "openapi": "proxy.imports.openapi.openapi_proposals",
    "curl": "proxy.imports.curl.read_curl",
    "tools": "proxy.imports.catalogue.import_tools",
}
# What an erasure reaches above this layer.
ERASE_WORDS = "approvals.services.erasure.erase_words"
ERASE_PAYLOADS = "proxy.erasure.drop_payloads"
