package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// service is the user as whom the package's unit runs lockerdesk.
const service = "lockerdesk"

// becomeOwner has a process of root go on as the user whom the keys belong to, for good: a file of the books that root had made could not
// be written by the service any more.
func becomeOwner(keys string) error {
	info, err := os.Stat(keys)
	if err != nil {
		return fmt.Errorf("keys: %w: lockerdesk init makes them", err)
	}
	s, ok := info.Sys().(*syscall.Stat_t)
	if !ok || os.Geteuid() != 0 || s.Uid == 0 {
		return nil
	}
	if err := errors.Join(syscall.Setgroups([]int{int(s.Gid)}), syscall.Setgid(int(s.Gid)), syscall.Setuid(int(s.Uid))); err != nil {
		return fmt.Errorf("become the owner of %s: %w", keys, err)
	}
	return nil
}

// giveAway gives the service what init has made as root: keys and state whole, the configuration to read. Where there is no such user
// they stay root's.
func giveAway(dir, keys, state string) error {
	who, err := user.Lookup(service)
	if err != nil || os.Geteuid() != 0 {
		return nil // somebody runs it without the package
	}
	uid, err := strconv.Atoi(who.Uid)
	if err != nil {
		return fmt.Errorf("init: user %s: %w", service, err)
	}
	gid, err := strconv.Atoi(who.Gid)
	if err != nil {
		return fmt.Errorf("init: user %s: %w", service, err)
	}
	files, err := filepath.Glob(filepath.Join(keys, "*"))
	errs := []error{err, os.Chown(dir, 0, gid), os.Chown(filepath.Join(dir, "lockerdesk.toml"), 0, gid), os.Chmod(keys, 0o700)}
	for _, path := range append(files, keys, state) {
		errs = append(errs, os.Chown(path, uid, gid))
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("init: give to %s: %w", service, err)
	}
	return nil
}
