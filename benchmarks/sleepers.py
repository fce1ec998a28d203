"""Processes that sleep, thousands of them, and a C program that reads a file of each: what the rest is compared with.

Both programs are compiled when they are run.  The sleepers die with the program that made them, and that ends when
its input does: nothing is left behind, however the benchmark ends.
"""

from __future__ import annotations

import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Generator
    from pathlib import Path

_SLEEPERS = r"""
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    int wanted = argc > 1 ? atoi(argv[1]) : 0, made = 0;
    pid_t parent = getpid(), *children = calloc(wanted + 1, sizeof *children);
    char byte;

    while (children && made < wanted) {
        pid_t child = fork();
        if (child < 0)
            break;
        if (child == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (getppid() != parent)
                _exit(0);
            for (;;)
                pause();
        }
        children[made++] = child;
    }
    for (int i = 0; i < made; i++)
        printf("%d%c", children[i], i + 1 < made ? ' ' : '\n');
    fflush(stdout);
    while (read(0, &byte, 1) > 0)
        ;
    for (int i = 0; i < made; i++)
        kill(children[i], SIGKILL);
    while (wait(NULL) > 0)
        ;
    return 0;
}
"""

# Opens, reads and closes one file of every process (or of those given), and prints how many, and CPU nanoseconds.
_READER = r"""
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static char buffer[1 << 16];
static int whole;

static int look(int proc, const char *pid, const char *file)
{
    char name[300];
    int handle;
    ssize_t got;

    snprintf(name, sizeof name, "%s/%s", pid, file);
    handle = openat(proc, name, O_RDONLY | O_CLOEXEC);
    if (handle < 0)
        return 0;
    do
        got = read(handle, buffer, sizeof buffer);
    while (whole && got > 0);
    close(handle);
    return got >= 0;
}

int main(int argc, char **argv)
{
    struct timespec begin, end;
    struct dirent *entry;
    long files = 0;
    int proc;
    DIR *folder;

    whole = strcmp(argv[2], "whole") == 0;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &begin);
    proc = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (argc > 3) {
        for (int i = 3; i < argc; i++)
            files += look(proc, argv[i], argv[1]);
    } else {
        folder = fdopendir(dup(proc));
        while ((entry = readdir(folder)))
            if (entry->d_name[0] >= '0' && entry->d_name[0] <= '9')
                files += look(proc, entry->d_name, argv[1]);
        closedir(folder);
    }
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &end);
    printf("%ld %lld\n", files, (end.tv_sec - begin.tv_sec) * 1000000000LL + end.tv_nsec - begin.tv_nsec);
    return 0;
}
"""


class Programs:
    """The two programs, compiled into a folder; RuntimeError with the reason where that cannot be done."""

    def __init__(self, folder: Path) -> None:
        self._sleepers = _compiled(folder, "sleepers", _SLEEPERS)
        self._reader = _compiled(folder, "reader", _READER)

    @contextmanager
    def sleepers(self, count: int) -> Generator[list[int]]:
        """Give the pids of ``count`` processes that sleep; of fewer where the machine allows no more."""
        maker = subprocess.Popen([self._sleepers, str(count)], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        assert maker.stdin is not None
        assert maker.stdout is not None
        try:
            yield [int(pid) for pid in maker.stdout.readline().split()]
        finally:
            maker.stdin.close()
            maker.stdout.close()
            maker.wait()

    def read(self, file: str, pids: list[int] | None = None, *, whole: bool = False) -> float:
        """Return the CPU seconds for each of the files that the C program opens, reads and closes.

        Of all processes by default, found in /proc.  It reads once, or to the end of a file that comes in pieces.
        """
        argv = [self._reader, file, "whole" if whole else "once", *map(str, pids or ())]
        files, nanoseconds = subprocess.run(argv, capture_output=True, check=True).stdout.split()
        return int(nanoseconds) / 1e9 / max(1, int(files))


def _compiled(folder: Path, name: str, source: str) -> str:
    place = folder / name
    try:
        subprocess.run(
            ["cc", "-O2", "-x", "c", "-", "-o", str(place)], input=source.encode(), capture_output=True, check=True
        )
    except FileNotFoundError:
        raise RuntimeError("no C compiler here") from None
    except subprocess.CalledProcessError as error:
        raise RuntimeError(f"the C compiler says: {error.stderr.decode().splitlines()[:1]}") from None
    return str(place)
