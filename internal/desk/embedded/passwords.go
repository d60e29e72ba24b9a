package embedded

import (
	"bytes"
	"crypto/pbkdf2"
	"crypto/rand"
	"crypto/sha512"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"
	"syscall"

	"lockerd/internal/durable"
)

// A password file is Mosquitto's (mosquitto_passwd of Mosquitto 2), so that cabinets can move to a Mosquitto with their passwords:
// lines "user:$7$iterations$salt$hash", with PBKDF2 over SHA-512.
const (
	iterations     = 101    // mosquitto_passwd's own: a password of ours has 128 random bits
	mostIterations = 10_000 // of a file that somebody else has made: each costs a stranger's attempt half a microsecond
	saltSize       = 12
)

// account is a user of the broker: the salted hash of a password.
type account struct {
	iterations int
	salt, hash []byte
}

// nobody is compared where there is no such user, so that both take as long.
var nobody = account{iterations: iterations, salt: make([]byte, saltSize), hash: make([]byte, sha512.Size)}

func (a account) is(password string) bool {
	hash, err := pbkdf2.Key(sha512.New, password, a.salt, a.iterations, sha512.Size)
	return err == nil && subtle.ConstantTimeCompare(hash, a.hash) == 1
}

func (a account) equal(b account) bool {
	return a.iterations == b.iterations && bytes.Equal(a.salt, b.salt) && bytes.Equal(a.hash, b.hash)
}

// readPasswords reads a password file. A user whose name could stand for more than one topic, or whose line cannot be read, is none:
// then the errors say which lines they are.
func readPasswords(text []byte) (map[string]account, error) {
	all := make(map[string]account)
	var errs []error
	number := 0
	for line := range strings.Lines(string(text)) {
		number++
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		name, a, err := readAccount(line)
		if err != nil {
			errs = append(errs, fmt.Errorf("line %d: %w", number, err))
			continue
		}
		all[name] = a
	}
	return all, errors.Join(errs...)
}

// errLine never holds the line: somebody may have written a password there.
var errLine = errors.New("is not user:$7$iterations$salt$hash")

func readAccount(line string) (name string, a account, err error) {
	name, rest, _ := strings.Cut(line, ":")
	fields := strings.Split(rest, "$")
	if len(fields) != 5 || fields[0] != "" || fields[1] != "7" {
		return "", a, errLine
	}
	var errs [3]error
	a.iterations, errs[0] = strconv.Atoi(fields[2])
	a.salt, errs[1] = base64.StdEncoding.DecodeString(fields[3])
	a.hash, errs[2] = base64.StdEncoding.DecodeString(fields[4])
	if errors.Join(errs[:]...) != nil || a.iterations < 1 || a.iterations > mostIterations || len(a.hash) != sha512.Size || name == "" || strings.ContainsAny(name, "/+#$") {
		return "", a, errLine
	}
	return name, a, nil
}

// HasPassword says whether a user has a password in a file. A file that is not there has none.
func HasPassword(path, user string) (bool, error) {
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return false, fmt.Errorf("password file: %w", err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, user+":") {
			return true, nil
		}
	}
	return false, nil
}

// NewPassword gives a user a new password of 128 random bits in a file, which is made if it is not there, and returns it. Whom the file
// belongs to and who reads it stays as it is.
func NewPassword(path, user string) (password string, err error) {
	password = rand.Text()
	salt := make([]byte, saltSize)
	_, _ = rand.Read(salt) // never fails
	hash, err := pbkdf2.Key(sha512.New, password, salt, iterations, sha512.Size)
	if err != nil {
		return "", fmt.Errorf("password: %w", err)
	}
	text, err := os.ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("password file: %w", err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if !strings.HasPrefix(line, user+":") && strings.TrimSpace(line) != "" {
			lines = append(lines, strings.TrimRight(line, "\n"))
		}
	}
	lines = append(lines, fmt.Sprintf("%s:$7$%d$%s$%s", user, iterations, base64.StdEncoding.EncodeToString(salt), base64.StdEncoding.EncodeToString(hash)))
	if err := put(path, strings.Join(lines, "\n")+"\n"); err != nil {
		return "", fmt.Errorf("password file: %w", err)
	}
	return password, nil
}

// put replaces a file, with the owner and the mode of the one that was there.
func put(path, text string) error {
	mode, uid, gid := fs.FileMode(0o600), -1, -1
	if info, err := os.Stat(path); err == nil {
		mode = info.Mode().Perm()
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			uid, gid = int(s.Uid), int(s.Gid)
		}
	}
	return durable.Replace(path, mode, func(f *os.File) error {
		if uid >= 0 && (uid != os.Geteuid() || gid != os.Getegid()) {
			if err := f.Chown(uid, gid); err != nil {
				return err
			}
		}
		_, err := f.WriteString(text)
		return err
	})
}
