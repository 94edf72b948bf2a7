"""How long an API key is good for is a number of days, and nothing that can be taken for one."""

from collections.abc import Callable

import pytest

from tests.api.conftest import Headers
from tests.asserts import assert_error
from tests.conftest import Caller
from tests.factories import People


@pytest.mark.parametrize("days", [True, False, "1", "", 1.5, 0, 3651])
def test_the_days_of_a_key_are_a_whole_number(
    anonymous: Caller, bearer: Callable[[int], Headers], people: People, days: object
) -> None:
    sent = {"name": "nightly", "expires_in_days": days}
    error = assert_error(anonymous.post("/api/auth/keys", json=sent, headers=bearer(people.editor)), 422)
    assert list(error["details"]["fields"]) == ["expires_in_days"]
