"""The second quarter of the labelled responses."""

from tests.validation.examples_everywhere import (
    test_a_response_gets_the_verdict_of_a_careful_person as test_a_response_gets_the_verdict_of_a_careful_person,
)
from tests.validation.examples_everywhere import (
    test_one_wrong_cell_in_the_expected_table_is_never_passed as test_one_wrong_cell_in_the_expected_table_is_never_passed,
)
from tests.validation.examples_sandbox import parts_of

part = parts_of(1)
