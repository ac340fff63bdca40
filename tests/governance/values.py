"""JSON values that the strict door lets in, for Hypothesis."""

from hypothesis import strategies as st

from governance.arguments import MAX_INTEGER

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
integers = st.integers(-MAX_INTEGER, MAX_INTEGER)
fractions = st.floats(allow_nan=False, allow_infinity=False).filter(
    lambda number: not number.is_integer()
)
values = st.recursive(
    st.none() | st.booleans() | integers | fractions | texts,
    lambda below: (
        st.lists(below, max_size=4) | st.dictionaries(texts, below, max_size=4)
    ),
    max_leaves=12,
)
objects = st.dictionaries(texts, values, max_size=5)
