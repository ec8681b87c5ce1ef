import time

import pytest

from deskwatch.sdk.timing import TimedRequest


@pytest.fixture
def reports() -> list[dict[str, object]]:
    return []


def test_a_request_is_reported_with_its_duration(reports):
    before = time.perf_counter_ns()
    with TimedRequest(reports.append):
        began = time.perf_counter_ns()
        ended = time.perf_counter_ns()
    after = time.perf_counter_ns()
    (report,) = reports
    assert report["status"] == "ok"
    assert ended - began <= report["duration_ns"] <= after - before


def test_a_status_of_the_programs_own(reports):
    with TimedRequest(reports.append) as request:
        request.status = 429
    assert reports[0]["status"] == "429"


def test_an_exception_is_an_error_and_goes_on_its_way(reports):
    with pytest.raises(KeyError), TimedRequest(reports.append):
        raise KeyError
    assert reports[0]["status"] == "error"


def test_a_status_that_is_no_text_is_left_to_be_refused(reports):
    with TimedRequest(reports.append) as request:
        request.status = 10**5000
    assert reports[0]["status"] == 10**5000
