"""A seccomp filter, assembled here: system calls that a sandbox child has no business making.

A deny-list, because the libraries of four databases change their harmless calls with every
release; what could open the sandbox is short and known. Denied calls fail with EPERM.
Source: https://docs.kernel.org/userspace-api/seccomp_filter.html, linux/filter.h.
"""

from __future__ import annotations

import ctypes
import errno
import platform
import struct

from apps.validation.sandbox import linux

_PR_SET_SECCOMP = 22
_MODE_FILTER = 2

_KILL = 0x80000000
_ALLOW = 0x7FFF0000
_ERRNO = 0x00050000
_LOAD = 0x20  # BPF_LD | BPF_W | BPF_ABS
_EQUAL = 0x15  # BPF_JMP | BPF_JEQ | BPF_K
_AT_LEAST = 0x35  # BPF_JMP | BPF_JGE | BPF_K
_ANY_BIT = 0x45  # BPF_JMP | BPF_JSET | BPF_K
_RETURN = 0x06  # BPF_RET | BPF_K
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16
_X32_BIT = 0x40000000
_CLONE_THREAD = 0x00010000

_ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
# name: (number on x86_64, number on aarch64); None where the architecture has no such call.
_ALWAYS_DENIED: dict[str, tuple[int | None, int | None]] = {
    "fork": (57, None),
    "vfork": (58, None),
    "execve": (59, 221),
    "execveat": (322, 281),
    "kill": (62, 129),
    "tkill": (200, 130),
    "ptrace": (101, 117),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "pidfd_open": (434, 434),
    "pidfd_getfd": (438, 438),
    "pidfd_send_signal": (424, 424),
    "kcmp": (312, 272),
    "mount": (165, 40),
    "umount2": (166, 39),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "setns": (308, 268),
    "unshare": (272, 97),
    "bpf": (321, 280),
    "perf_event_open": (298, 241),
    "userfaultfd": (323, 282),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "init_module": (175, 105),
    "finit_module": (313, 273),
    "delete_module": (176, 106),
    "kexec_load": (246, 104),
    "reboot": (169, 142),
    "acct": (163, 89),
    "swapon": (167, 224),
    "quotactl": (179, 60),
    "open_by_handle_at": (304, 265),
    "name_to_handle_at": (303, 264),
    "personality": (135, 92),
    "settimeofday": (164, 170),
    "clock_settime": (227, 112),
    "sethostname": (170, 161),
    "syslog": (103, 116),
    "setuid": (105, 146),
    "setgid": (106, 144),
    "setresuid": (117, 147),
    "setresgid": (119, 149),
    "mknodat": (259, 33),
    "bind": (49, 200),
    "listen": (50, 201),
    "accept": (43, 202),
    "accept4": (288, 242),
}
_SOCKET = (41, 198)
_SOCKETPAIR = (53, 199)
_CONNECT = (42, 203)
_CLONE = (56, 220)
_CLONE3 = (435, 435)
_FAMILIES = {"": (), "unix": (1,), "inet": (1, 2, 10)}

Instruction = tuple[int, int, int, int]


def install(network: str) -> None:
    """Filter this process's system calls from now on; `network` as in `base.Database`.

    Needs no_new_privs or root. Raises OSError where seccomp cannot be had.
    """
    instructions = program(platform.machine(), network)
    code = b"".join(struct.pack("=HBBI", *instruction) for instruction in instructions)
    buffer = ctypes.create_string_buffer(code, len(code))

    class Program(ctypes.Structure):
        _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_void_p))

    struct_program = Program(len(instructions), ctypes.addressof(buffer))
    linux.prctl(_PR_SET_SECCOMP, ctypes.c_ulong(_MODE_FILTER), ctypes.byref(struct_program))


def program(machine: str, network: str) -> list[Instruction]:
    """The filter as (code, jump if true, jump if false, constant) instructions."""
    if machine not in _ARCHITECTURES:
        raise OSError(f"no list of system calls for {machine}")
    column = 0 if machine == "x86_64" else 1
    deny: Instruction = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    result: list[Instruction] = [
        (_LOAD, 0, 0, _ARCHITECTURE_AT),
        (_EQUAL, 1, 0, _ARCHITECTURES[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_AT_LEAST, 0, 1, _X32_BIT),
        (_RETURN, 0, 0, _KILL),
    ]
    for numbers in _ALWAYS_DENIED.values():
        number = numbers[column]
        if number is not None:
            result += [(_EQUAL, 0, 1, number), deny]
    # clone3 hides its flags behind a pointer: "not implemented" makes libc use clone instead.
    result += [(_EQUAL, 0, 1, _CLONE3[column]), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    result += [
        (_EQUAL, 0, 4, _CLONE[column]),
        (_LOAD, 0, 0, _FIRST_ARGUMENT_AT),
        (_ANY_BIT, 1, 0, _CLONE_THREAD),
        deny,
        (_RETURN, 0, 0, _ALLOW),
    ]
    result += _socket_rules(column, _FAMILIES[network])
    result.append((_RETURN, 0, 0, _ALLOW))
    return result


def _socket_rules(column: int, families: tuple[int, ...]) -> list[Instruction]:
    deny: Instruction = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    if not families:
        numbers = (_SOCKET[column], _SOCKETPAIR[column], _CONNECT[column])
        return [rule for number in numbers for rule in ((_EQUAL, 0, 1, number), deny)]
    checks: list[Instruction] = []
    for family in families:
        checks += [(_EQUAL, 0, 1, family), (_RETURN, 0, 0, _ALLOW)]
    body: list[Instruction] = [(_LOAD, 0, 0, _FIRST_ARGUMENT_AT), *checks, deny]
    return [(_EQUAL, 0, len(body), _SOCKET[column]), *body]
