package document_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"unsafe"

	"github.com/elastic/go-seccomp-bpf"
	"golang.org/x/sys/unix"

	"lockerd/internal/document"
)

func init() {
	roles["escape"] = func([]string) error {
		if err := document.Confine(); err != nil {
			return err
		}
		fmt.Print("got through: ", strings.Join(escapes(), ", "))
		return nil
	}
	roles["escape-one-wall"] = func([]string) error { // as on a kernel that has no landlock
		err := seccomp.LoadFilter(seccomp.Filter{NoNewPrivs: true, Flag: seccomp.FilterFlagTSync, Policy: seccomp.Policy{
			DefaultAction: seccomp.ActionAllow, Syscalls: []seccomp.SyscallGroup{{
				Names:  []string{"landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"},
				Action: seccomp.ActionErrno | seccomp.Action(unix.ENOSYS)}}}})
		if err == nil && document.Landlock() != 0 {
			err = errors.New("landlock is there")
		}
		if err != nil {
			return err
		}
		return roles["escape"](nil)
	}
	roles["walled"] = func([]string) error { // by landlock alone
		if err := document.Wall(); err != nil {
			return err
		}
		_, read := os.ReadFile("/etc/passwd")
		_, dial := net.Dial("tcp", "127.0.0.1:9")
		fmt.Print(errors.Is(read, unix.EACCES), errors.Is(dial, unix.EACCES))
		return nil
	}
	roles["surroundings"] = func([]string) error { // what a child has before it reads the first byte
		if err := document.Confine(); err != nil {
			return err
		}
		var open []string
		for fd := range 1000 {
			var s unix.Stat_t
			if unix.Fstat(fd, &s) == nil && (fd <= 2 || s.Mode&unix.S_IFMT != 0) { // what Go waits with is of no kind
				open = append(open, strconv.Itoa(fd))
			}
		}
		fmt.Printf("open: %s; environment: %q", strings.Join(open, " "), os.Environ())
		return nil
	}
}

// attempts is what a PDF that has taken the library over may try. Each is made with the bare call, past every library, and
// does no harm where it gets through.
var attempts = []struct {
	name string
	try  func() error
}{
	{"read a file", func() error { _, err := unix.Open("/etc/passwd", unix.O_RDONLY, 0); return err }},
	{"read a file, by openat2", func() error {
		_, err := unix.Openat2(unix.AT_FDCWD, "/etc/passwd", &unix.OpenHow{})
		return err
	}},
	{"write a file", func() error {
		_, err := unix.Open("/dev/null", unix.O_CREAT|unix.O_WRONLY, 0o600)
		return err
	}},
	{"make a file in memory", func() error { _, err := unix.MemfdCreate("escape", 0); return err }},
	{"make a directory", func() error { return unix.Mkdir("/dev/null", 0o700) }},
	{"remove a file", func() error { return unix.Unlink("/no/such/file") }},
	{"rename a file", func() error { return unix.Rename("/no/such/file", "/no/such/place") }},
	{"look at a file", func() error { return unix.Stat("/etc/passwd", new(unix.Stat_t)) }},
	{"read its environment", func() error { _, err := unix.Open("/proc/self/environ", unix.O_RDONLY, 0); return err }},
	{"read its parent's environment", func() error {
		_, err := unix.Open(fmt.Sprintf("/proc/%d/environ", unix.Getppid()), unix.O_RDONLY, 0)
		return err
	}},
	{"read its parent's memory", func() error {
		var b [8]byte
		_, err := unix.ProcessVMReadv(unix.Getppid(), []unix.Iovec{{Base: &b[0], Len: 8}}, []unix.RemoteIovec{{Base: 0, Len: 8}}, 0)
		return err
	}},
	{"trace its parent", func() error { return unix.PtraceSeize(unix.Getppid()) }},
	{"kill its parent", func() error { return unix.Kill(unix.Getppid(), 0) }},
	{"kill a thread of its parent", func() error { return unix.Tgkill(unix.Getppid(), unix.Getppid(), 0) }},
	{"hold its parent", func() error { _, err := unix.PidfdOpen(unix.Getppid(), 0); return err }},
	{"have a pipe signal its parent", func() error { _, err := unix.FcntlInt(0, unix.F_SETOWN, unix.Getppid()); return err }},
	{"an internet socket", func() error { _, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, 0); return err }},
	{"a datagram socket", func() error { _, err := unix.Socket(unix.AF_INET6, unix.SOCK_DGRAM, 0); return err }},
	{"a unix socket", func() error { _, err := unix.Socket(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
	{"a netlink socket", func() error { _, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW, 0); return err }},
	{"two sockets", func() error { _, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM, 0); return err }},
	{"connect", func() error { return unix.Connect(0, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}}) }},
	{"bind", func() error { return unix.Bind(0, &unix.SockaddrInet4{}) }},
	{"send", func() error {
		return unix.Sendto(0, []byte("x"), 0, &unix.SockaddrInet4{Port: 9, Addr: [4]byte{127, 0, 0, 1}})
	}},
	{"a process", func() error { return child(unix.SYS_CLONE, uintptr(unix.SIGCHLD)) }},
	{"a process, by clone3", func() error {
		args := [11]uint64{4: uint64(unix.SIGCHLD)} // struct clone_args; exit_signal is the fifth
		return child(unix.SYS_CLONE3, uintptr(unsafe.Pointer(&args)), unsafe.Sizeof(args))
	}},
	{"a program", func() error { return unix.Exec("/no/such/program", nil, nil) }},
	{"a program, by descriptor", func() error { return bare(unix.SYS_EXECVEAT, 0) }},
	{"code that was not there", func() error {
		_, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_EXEC, unix.MAP_ANON|unix.MAP_PRIVATE)
		return err
	}},
	{"code out of data", func() error {
		m, err := unix.Mmap(-1, 0, 4096, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_ANON|unix.MAP_PRIVATE)
		if err != nil {
			return nil //nolint:nilerr // then the test knows nothing, and says so
		}
		return unix.Mprotect(m, unix.PROT_READ|unix.PROT_EXEC)
	}},
	{"a higher limit", func() error {
		return unix.Setrlimit(unix.RLIMIT_FSIZE, &unix.Rlimit{Cur: unix.RLIM_INFINITY, Max: unix.RLIM_INFINITY})
	}},
	{"another user", func() error { return unix.Setuid(unix.Getuid()) }},
	{"a namespace", func() error { return unix.Unshare(unix.CLONE_NEWUSER) }},
	{"a mount", func() error { return unix.Mount("none", "/no/such/place", "tmpfs", 0, "") }},
	{"a terminal's ioctl", func() error { return unix.IoctlSetInt(0, unix.TIOCSTI, 0) }},
	{"a kernel's key", func() error { _, err := unix.KeyctlGetKeyringID(unix.KEY_SPEC_SESSION_KEYRING, false); return err }},
	{"shared memory", func() error { _, err := unix.SysvShmGet(unix.IPC_PRIVATE, 4096, unix.IPC_CREAT|0o600); return err }},
	{"io_uring", func() error { return bare(unix.SYS_IO_URING_SETUP, 1) }},
	{"a program in the kernel", func() error { return bare(unix.SYS_BPF, 0) }},
	{"page faults of its own", func() error { return bare(unix.SYS_USERFAULTFD, 0) }},
	{"loosen itself", func() error { return unix.Prctl(unix.PR_SET_DUMPABLE, 1, 0, 0, 0) }},
}

// bare makes a call with nothing but zeros beside its first argument.
func bare(call, argument uintptr) error {
	if _, _, errno := unix.RawSyscall6(call, argument, 0, 0, 0, 0, 0); errno != 0 {
		return errno
	}
	return nil
}

// child makes a process that ends at once, should it come to be.
func child(call uintptr, arguments ...uintptr) error {
	arguments = append(arguments, 0, 0)
	pid, _, errno := unix.RawSyscall(call, arguments[0], arguments[1], 0)
	switch {
	case errno != 0:
		return errno
	case pid == 0:
		unix.RawSyscall(unix.SYS_EXIT_GROUP, 0, 0, 0) //nolint:errcheck // it does not return
	}
	return nil
}

// escapes are the attempts that were not refused for what they are: an address that does not answer is no refusal.
func escapes() (through []string) {
	for _, a := range attempts {
		err, refusal := a.try(), unix.EPERM
		if strings.HasSuffix(a.name, "clone3") {
			refusal = unix.ENOSYS
		}
		if !errors.Is(err, refusal) {
			through = append(through, fmt.Sprintf("%s (%v)", a.name, err))
		}
	}
	return through
}

func TestAChildThatTriesToGetOut(t *testing.T) {
	for _, role := range []string{"escape", "escape-one-wall"} {
		t.Run(role, func(t *testing.T) {
			_, err := document.NewRenderer(role).Render(t.Context(), strings.NewReader(""), 1, square)
			if err == nil || !strings.HasSuffix(err.Error(), ": got through: ") {
				t.Errorf("want that nothing got through, got %v", err)
			}
		})
	}
}

// TestWhatAChildIsGiven: three pipes, and no word of where the keys lie.
func TestWhatAChildIsGiven(t *testing.T) {
	t.Setenv("CREDENTIALS_DIRECTORY", "/run/credentials/lockerd.service")
	path := filepath.Join(t.TempDir(), "keys")
	fd, err := unix.Open(path, unix.O_CREAT|unix.O_RDWR, 0o600) // as a C library opens: every child inherits it
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd) //nolint:errcheck // it was never written to
	_, err = document.NewRenderer("surroundings").Render(t.Context(), strings.NewReader(""), 1, square)
	if err == nil || !strings.HasSuffix(err.Error(), ": open: 0 1 2; environment: []") {
		t.Errorf("want three pipes and no environment, got %v", err)
	}
}

// TestTheSecondWall: landlock alone keeps a child from files and from the network.
func TestTheSecondWall(t *testing.T) {
	if document.Landlock() < 4 {
		t.Skipf("the kernel has landlock %d: 4 knows the network", document.Landlock())
	}
	_, err := document.NewRenderer("walled").Render(t.Context(), strings.NewReader(""), 1, square)
	if err == nil || !strings.HasSuffix(err.Error(), ": true true") {
		t.Errorf("want a refused file and a refused connection, got %v", err)
	}
}
