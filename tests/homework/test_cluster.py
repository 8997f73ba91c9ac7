"""The same task on a Dask cluster, one of whose workers is killed: every student is graded, once, as at home."""

import csv
import os
import signal
import threading
import time

from classroom import save, save_master, submission
from distributed import Client, LocalCluster

from homework.batch import grade_class
from homework.isolate import Limits

LIMITS = Limits(seconds=30)
SLOW = "import time\ntime.sleep(3)\nanswer = 42"  # so that the worker dies with a student at hand
STUDENTS = {
    "ana": {},
    "ben": {"double": "def double(x):\n    return x", "answer": SLOW},
    "cai": {"area": None, "answer": SLOW},
    "dee": {"answer": "import os\nos._exit(1)"},
    "eli": {"give": "def give(most):\n    return 0.5", "answer": SLOW},
    "fay": {"why": None, "answer": SLOW},
}


def table(out):
    with open(out / "grades.csv", newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def busy(client):
    """Return the process ids of the workers that are grading."""
    working = {address for address, calls in client.processing().items() if calls}
    return [pid for address, pid in client.run(os.getpid).items() if address in working]


def test_a_killed_worker_costs_nobody_a_grade(tmp_path):
    for name, sources in STUDENTS.items():
        save(submission(**sources), tmp_path / "in" / name / "toy.ipynb")
    master = save_master(tmp_path)
    killed = []

    def kill_one(client):
        records = tmp_path / "cluster" / "records"
        end = time.monotonic() + 120
        while time.monotonic() < end and not killed:
            time.sleep(0.1)
            if list(records.glob("*.json")) and (pids := busy(client)):
                os.kill(pids[0], signal.SIGKILL)
                killed.append(pids[0])

    with (
        LocalCluster(
            n_workers=3,
            threads_per_worker=1,
            host="127.0.0.1",
            dashboard_address=None,
            local_directory=tmp_path,
        ) as cluster,
        Client(cluster, timeout=60) as client,
    ):
        killer = threading.Thread(target=kill_one, args=(client,), daemon=True)
        killer.start()
        grade_class(
            master,
            tmp_path / "in",
            tmp_path / "cluster",
            limits=LIMITS,
            scheduler=cluster.scheduler_address,
        )
        killer.join(timeout=10)
    assert killed
    rows = table(tmp_path / "cluster")
    assert [row["student"] for row in rows] == sorted(STUDENTS)
    grade_class(master, tmp_path / "in", tmp_path / "home", limits=LIMITS)
    assert rows == table(tmp_path / "home")
