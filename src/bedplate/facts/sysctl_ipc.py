"""The catalogue's System V and POSIX IPC settings, each IPC namespace's own, and the limits of mounts and files."""

from __future__ import annotations

from bedplate.facts.sysctl_key import INT_MAX, INT_MIN, ULONG_MAX, Key, Kind

_SYSV = "CONFIG_SYSVIPC"
_RESTORE = "CONFIG_CHECKPOINT_RESTORE"
_QUEUES = "CONFIG_POSIX_MQUEUE"
_QUEUE_DOCUMENT = "admin-guide/sysctl/fs: mqueue"
_NEXT = "admin-guide/sysctl/kernel: msg_next_id, sem_next_id, and shm_next_id"
_MESSAGES = "admin-guide/sysctl/kernel: msgmax, msgmnb, and msgmni"
# What shmmax and shmall start with: as much as an unsigned long holds, less 2^24 so that additions do not wrap.
_PRACTICALLY_ALL = ULONG_MAX - (1 << 24)
_ONCE = "A number that was set is used up by the next object; -1 cannot be written back."

KEYS = (
    Key("fs.aio-max-nr", "Asynchronous requests that all of io_setup(2) may hold.", 65536, 0, ULONG_MAX,
        option="CONFIG_AIO", described="admin-guide/sysctl/fs: aio-nr & aio-max-nr"),
    Key("fs.dir-notify-enable", "Whether directories can send signals (dnotify), which inotify made obsolete.", 1,
        INT_MIN, INT_MAX, "mode", option="CONFIG_DNOTIFY", described="filesystems/dnotify"),
    Key("fs.file-max", "Open files of the whole host.", None, 0, ULONG_MAX, described="admin-guide/sysctl/fs: file-max "
        "& file-nr"),
    Key("fs.mount-max", "Mounts that one mount namespace may have.", 100_000, 1, INT_MAX, since="4.9"),
    Key("fs.mqueue.msg_default", "Messages of a queue that is opened without attributes.", 10, 1, 65536, option=_QUEUES,
        since="3.5", namespace="ipc", described=_QUEUE_DOCUMENT, note="More than msg_max counts as msg_max."),
    Key("fs.mqueue.msg_max", "Most messages that a queue may ask for.", 10, 1, 65536, option=_QUEUES, namespace="ipc",
        described=_QUEUE_DOCUMENT),
    Key("fs.mqueue.msgsize_default", "Message size of a queue that is opened without attributes.", 8192, 128,
        16_777_216, "bytes", option=_QUEUES, since="3.5", namespace="ipc", described=_QUEUE_DOCUMENT, note="More than "
        "msgsize_max counts as msgsize_max."),
    Key("fs.mqueue.msgsize_max", "Largest message size that a queue may ask for.", 8192, 128, 16_777_216, "bytes",
        option=_QUEUES, namespace="ipc", described=_QUEUE_DOCUMENT),
    Key("fs.mqueue.queues_max", "Message queues that may exist.", 256, INT_MIN, INT_MAX, option=_QUEUES,
        namespace="ipc", described=_QUEUE_DOCUMENT, note="Any number is taken; below 1 no queue can be made without "
        "privilege."),
    Key("fs.nr_open", "Open files that a process may raise its limit to.", 1_048_576, 64, 2_147_483_584),
    Key("fs.protected_fifos", "Whether FIFOs of others in sticky folders are kept from O_CREAT: 0 no, 1 and 2 yes.", 0,
        0, 2, "mode", since="4.19"),
    Key("fs.protected_hardlinks", "Whether only files that one owns or may write can be linked to.", 0, 0, 1, "mode",
        since="3.6"),
    Key("fs.protected_regular", "Whether files of others in sticky folders are kept from O_CREAT: 0 no, 1 and 2 yes.",
        0, 0, 2, "mode", since="4.19"),
    Key("fs.protected_symlinks", "Whether links in sticky folders are followed only for their owner.", 0, 0, 1, "mode",
        since="3.6"),
    Key("fs.suid_dumpable", "Whether programs that changed privilege dump core: 0 no, 1 debug, 2 for root alone.", 0, 0,
        2, "mode"),
    Key("kernel.auto_msgmni", "Nothing any more.", 0, 0, 1, "mode", option=_SYSV, namespace="ipc", note="Without "
        "effect since Linux 3.19; reads 0."),
    Key("kernel.msg_next_id", "Id that the next message queue is to get; -1: any.", -1, 0, INT_MAX, option=_RESTORE,
        since="3.9", namespace="ipc", one_way=_ONCE, described=_NEXT),
    Key("kernel.msgmax", "Largest System V message.", 8192, 0, INT_MAX, "bytes", option=_SYSV, namespace="ipc",
        described=_MESSAGES),
    Key("kernel.msgmnb", "Bytes that a System V message queue may hold.", 16384, 0, INT_MAX, "bytes", option=_SYSV,
        namespace="ipc", described=_MESSAGES),
    Key("kernel.msgmni", "System V message queues that may exist.", 32000, 0, 32768, option=_SYSV, namespace="ipc",
        described=_MESSAGES, note="Up to 16,777,216 where the kernel was booted with ipcmni_extend."),
    Key("kernel.sem", "Semaphores of a set, of all sets, operations of a call, sets: SEMMSL SEMMNS SEMOPM SEMMNI.",
        (32000, 1_024_000_000, 500, 32000), kind=Kind.NUMBERS, option=_SYSV, namespace="ipc",
        described="proc_sys_kernel(5): sem", note="A write of fewer numbers changes the first ones only."),
    Key("kernel.sem_next_id", "Id that the next semaphore set is to get; -1: any.", -1, 0, INT_MAX, option=_RESTORE,
        since="3.9", namespace="ipc", one_way=_ONCE, described=_NEXT),
    Key("kernel.shm_next_id", "Id that the next shared memory segment is to get; -1: any.", -1, 0, INT_MAX,
        option=_RESTORE, since="3.9", namespace="ipc", one_way=_ONCE, described=_NEXT),
    Key("kernel.shm_rmid_forced", "Whether a shared memory segment goes with its last user.", 0, 0, 1, "mode",
        option=_SYSV, since="3.1", namespace="ipc", note="Writing 1 destroys segments without users at once."),
    Key("kernel.shmall", "Shared memory of all segments.", _PRACTICALLY_ALL, 0, ULONG_MAX, "pages", option=_SYSV,
        namespace="ipc"),
    Key("kernel.shmmax", "Largest shared memory segment.", _PRACTICALLY_ALL, 0, ULONG_MAX, "bytes", option=_SYSV,
        namespace="ipc"),
    Key("kernel.shmmni", "Shared memory segments that may exist.", 4096, 0, 32768, option=_SYSV, namespace="ipc",
        note="Up to 16,777,216 where the kernel was booted with ipcmni_extend."),
    Key("user.max_user_namespaces", "User namespaces that each user may make.", None, 0, INT_MAX, since="4.9",
        option="CONFIG_USER_NS", namespace="user"),
)  # fmt: skip
