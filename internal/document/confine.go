package document

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/elastic/go-seccomp-bpf"
	"github.com/elastic/go-seccomp-bpf/arch"
	"github.com/landlock-lsm/go-landlock/landlock"
	"golang.org/x/sys/unix"
)

// calls are all that a child may still ask the kernel for once it is confined: memory, threads, the time, and the pipes
// that it has. What is not among them (files, sockets, programs, other processes) is refused with EPERM. A name that an
// architecture has not is left out there.
var calls = []string{
	"read", "readv", "write", "writev", "close", "fstat", "lseek",
	"brk", "madvise", "mremap", "munmap",
	"futex", "get_robust_list", "gettid", "getpid", "membarrier", "rseq", "sched_getaffinity", "sched_yield", "set_robust_list",
	"clock_getres", "clock_gettime", "clock_nanosleep", "gettimeofday", "nanosleep", "time",
	"rt_sigaction", "rt_sigprocmask", "rt_sigreturn", "restart_syscall", "sigaltstack",
	"epoll_create1", "epoll_ctl", "epoll_pwait", "epoll_wait", "eventfd2", "poll", "ppoll", // Go's own waiting
	"exit", "exit_group", "getrandom",
}

// confine shuts the process in for the rest of its life, behind two walls: what seccomp lets no thread ask for, and what
// landlock lets no thread reach, should a call find its way through. The second is not in every kernel.
func confine() error {
	if err := shed(); err != nil {
		return fmt.Errorf("close what was inherited: %w", err)
	}
	if err := wall(); err != nil {
		return fmt.Errorf("landlock: %w", err)
	}
	if err := filter(); err != nil {
		return fmt.Errorf("seccomp: %w", err)
	}
	return nil
}

// wall keeps the process from every file, TCP port, signal and abstract socket, as far as the kernel knows how.
func wall() error { return landlock.V7.BestEffort().Restrict() }

// filter lets the process ask for nothing but calls.
func filter() error {
	known, err := arch.GetInfo("")
	if err != nil {
		return err
	}
	var names []string
	for _, name := range calls {
		if _, ok := known.SyscallNames[name]; ok {
			names = append(names, name)
		}
	}
	only := func(name string, argument uint32, is seccomp.Operation, value int) seccomp.NameWithConditions {
		return seccomp.NameWithConditions{Name: name,
			Conditions: seccomp.ArgumentConditions{{Argument: argument, Operation: is, Value: uint64(value)}}}
	}
	err = seccomp.LoadFilter(seccomp.Filter{
		NoNewPrivs: true,
		Flag:       seccomp.FilterFlagTSync,
		Policy: seccomp.Policy{DefaultAction: seccomp.ActionErrno, Syscalls: []seccomp.SyscallGroup{
			{Names: names, Action: seccomp.ActionAllow, NamesWithCondtions: []seccomp.NameWithConditions{
				only("clone", 0, seccomp.BitsSet, unix.CLONE_THREAD), // a thread, no process
				only("tgkill", 0, seccomp.Equal, os.Getpid()),        // Go's scheduler nudges its threads
				only("mmap", 2, seccomp.BitsNotSet, unix.PROT_EXEC),  // no code that was not there before
				only("mprotect", 2, seccomp.BitsNotSet, unix.PROT_EXEC),
			}},
			// Its flags are in memory, where no filter can see them. The C library takes clone instead.
			{Names: []string{"clone3"}, Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)},
		}},
	})
	if err != nil {
		return err
	}
	// A filter that a thread cannot take is told by a number that looks like success.
	if _, err := unix.Open("/", unix.O_PATH, 0); !errors.Is(err, unix.EPERM) {
		return errors.New("the filter does not hold: a file may be opened")
	}
	return nil
}

// shed closes what the process has inherited beside its three pipes: a library of its parent may have left something open
// for every child. What Go waits with stays.
func shed() error {
	entries, err := os.ReadDir("/proc/self/fd")
	if err != nil {
		return err
	}
	for _, e := range entries {
		to, err := os.Readlink("/proc/self/fd/" + e.Name())
		fd, _ := strconv.Atoi(e.Name())
		if err != nil || fd <= 2 || strings.HasPrefix(to, "anon_inode:[event") { // eventpoll, eventfd
			continue // gone already: it was the directory itself
		}
		if err := unix.Close(fd); err != nil {
			return err
		}
	}
	return nil
}

// Landlock is the version of landlock that the kernel offers; 0: none, and a child has one wall instead of two.
func Landlock() int {
	version, _, errno := unix.Syscall(unix.SYS_LANDLOCK_CREATE_RULESET, 0, 0, unix.LANDLOCK_CREATE_RULESET_VERSION)
	if errno != 0 {
		return 0
	}
	return int(version)
}
