"""The same by a thread that was there before the first line."""
import queue
import sys
import threading

lines = queue.Queue()
answers = queue.Queue()


def answer():
    while (line := lines.get()) is not None:
        answers.put(f"<{line.rstrip()}>")


thread = threading.Thread(target=answer)
thread.start()
for line in sys.stdin:
    lines.put(line)
    print(answers.get(), flush=True)
lines.put(None)
thread.join()
