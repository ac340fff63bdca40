"""The arguments schema of a route (JSON Schema 2020-12).  Pure.

problems     what is wrong with a schema that somebody wants to save
compiled     arguments judged by a schema, defaults filled in
parameters   what a schema promises about one parameter
destinations names that sound like a destination or a power
outline      arguments to begin with
walk         the parts of a schema
"""

from governance.schema.compiled import (
    ArgumentError,
    CompiledSchema,
    SchemaInvalid,
    compile_schema,
)
from governance.schema.destinations import destination_names
from governance.schema.outline import outline
from governance.schema.problems import schema_problems

__all__ = [
    "ArgumentError",
    "CompiledSchema",
    "SchemaInvalid",
    "compile_schema",
    "destination_names",
    "outline",
    "schema_problems",
]
