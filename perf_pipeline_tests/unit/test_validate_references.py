"""The reference that a mistyped one was meant to be is the one most like it."""

import difflib

from hypothesis import given
from hypothesis import strategies as st

from perf_pipeline.validate.references import nearest_key

_LIKE = 0.6
_KEYS = st.text("abdsx0123456789-.", min_size=1, max_size=9)


@given(key=_KEYS, known=st.lists(_KEYS, max_size=12, unique=True))
def test_nearest_is_the_first_of_those_most_like(key: str, known: list[str]) -> None:
    """No reference is passed over that is liker, and of equals the first is named."""
    likenesses = [difflib.SequenceMatcher(a=ref, b=key, autojunk=False).ratio() for ref in known]
    best = max(likenesses, default=0.0)
    wanted = known[likenesses.index(best)] if best >= _LIKE else None
    assert nearest_key(key, known) == wanted
