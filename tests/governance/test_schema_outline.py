"""What a person begins with who tries a route: each parameter, with a value."""

from governance.schema import outline


def test_each_parameter_begins_with_what_the_schema_says_of_it() -> None:
    schema = {
        "type": "object",
        "$defs": {"word": {"type": "string"}},
        "properties": {
            "repo": {"$ref": "#/$defs/word"},
            "pull": {"type": "integer", "minimum": 1},
            "method": {"enum": ["squash", "merge"]},
            "minutes": {"type": "integer", "minimum": 1, "default": 15},
            "labels": {"type": "array", "items": {"type": "string"}},
            "anything": {},
        },
    }

    begun = outline(schema)

    assert begun == {
        "repo": "",
        "pull": 1,
        "method": "squash",
        "minutes": 15,
        "labels": [],
        "anything": None,
    }
