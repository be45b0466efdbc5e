"""The nth-failure sweep, one test for each system call and errno (see sweep.py)."""
import shutil

import pytest

from sweep import CALLS, procs, sweep

procs.become_subreaper()


@pytest.mark.skipif(shutil.which("strace") is None, reason="needs strace")
@pytest.mark.parametrize("call, error", [
    (call, error) for call, (errors, _) in CALLS.items() for error in errors
])
def test_every_promise_is_kept_whichever_call_fails(call, error, tmp_path):
    sweep(call, error, str(tmp_path))
