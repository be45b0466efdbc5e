"""The nth-failure sweep, one test for each system call and errno (see sweep.py)."""
import shutil

import pytest

from sweep import AHEAD, CALLS, CALLS_AHEAD, procs, sweep

procs.become_subreaper()

# Called only where something else is missing (clone: clone3), by library hosts with
# handlers (pidfd_open, wait4), or for families and error output that are not met here.
SELDOM = {"clone", "wait4", "pidfd_open", "ioctl"}


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("call, error", [
    (call, error) for call, (errors, _) in CALLS.items() for error in errors
])
def test_every_promise_is_kept_whichever_call_fails(call, error, tmp_path):
    assert sweep(call, error, str(tmp_path)) > 0 or call in SELDOM


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("how", AHEAD)
@pytest.mark.parametrize("call, error", [
    (call, error) for call, errors in CALLS_AHEAD.items() for error in errors
])
def test_every_promise_is_kept_for_what_is_started_ahead(how, call, error, tmp_path):
    # What is handed to a tracer.
    is_met = how != "spare" or call != "sendto"
    assert sweep(call, error, str(tmp_path), AHEAD[how]) > 0 or not is_met
