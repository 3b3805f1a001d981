"""What needs rights that not everybody has: small file systems, and another user."""

import ctypes
import functools
import os
import pickle

from .process import NOBODY, NotApplicable

CLONE_NEWNS, CLONE_NEWUSER = 0x20000, 0x10000000
MS_REC, MS_PRIVATE = 16384, 1 << 18


def in_child(function):
    """What the function returns or raises in a process of its own."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        try:
            answer = (True, function())
        except BaseException as wrong:  # pylint: disable=broad-except  # it is raised again below
            answer = (False, wrong)
        try:
            with os.fdopen(writer, "wb") as stream:
                pickle.dump(answer, stream)
        finally:
            os._exit(0)
    os.close(writer)
    with os.fdopen(reader, "rb") as stream:
        data = stream.read()
    os.waitpid(child, 0)
    done, answer = pickle.loads(data)
    if not done:
        raise answer
    return answer


def mount_small(folder, options):
    """Mounts a tmpfs that only this process and its children see, until they end."""
    libc = ctypes.CDLL(None, use_errno=True)

    def call(function, *arguments):
        if function(*arguments) != 0:
            raise NotApplicable(f"no file system can be mounted: {os.strerror(ctypes.get_errno())}")

    user, group = os.getuid(), os.getgid()
    if user == 0:
        call(libc.unshare, CLONE_NEWNS)
    else:
        call(libc.unshare, CLONE_NEWNS | CLONE_NEWUSER)
        for file, text in (("setgroups", "deny"), ("uid_map", f"0 {user} 1"),
                           ("gid_map", f"0 {group} 1")):
            with open(f"/proc/self/{file}", "w", encoding="ascii") as stream:
                stream.write(text)
    call(libc.mount, b"none", b"/", None, MS_REC | MS_PRIVATE, None)
    call(libc.mount, b"none", os.fsencode(folder), b"tmpfs", 0, options.encode())


@functools.lru_cache(maxsize=None)
def nobody_can(path, mode):
    """Whether a user without rights can access the path."""
    def look():
        os.setgroups([])
        os.setresgid(NOBODY, NOBODY, NOBODY)
        os.setresuid(NOBODY, NOBODY, NOBODY)
        return os.access(path, mode)
    return in_child(look)


def need_plain_user(command, folder):
    """Somebody whom file modes hold for can run the command there."""
    if os.getuid() != 0:
        return
    if not nobody_can(os.path.abspath(command), os.R_OK | os.X_OK):
        raise NotApplicable("we are root, and another user cannot run the command where it is")
    if not nobody_can(os.path.dirname(folder), os.X_OK):
        raise NotApplicable("we are root, and another user cannot enter the folder of the cases")
