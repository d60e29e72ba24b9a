package main

import (
	"context"
	"crypto/ed25519"
	"crypto/rand"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/crypto/nacl/box"

	"lockerd/internal/credential"
)

// logKept is how many lines of the log the bench shows at most.
const logKept = 500

// Home is the folder where a simulated cabinet lives: what has to be the same in the next run, so that a cabinet that
// was switched off in the middle of something wakes up as itself.
//
//	dev/       the serial lines, as links that do not change
//	keys/      the cabinet's keys
//	desk/      the operator's lockerdesk: configuration, keys and books
//	operator/  the operator's key pair and the key that signs, for a cloud of yours
//	journal.db, backups/, photos/, control.sock, lockerd.toml
//	phone      the technician's app: she has enrolled in this journal
//	inspected  somebody has looked into every door of this journal's cabinet
type Home struct {
	dir, dev, keys, operator, config string
	plan                             CabinetPlan
	till                             *Till     // the payment terminal
	server                           string    // the address of the serial server, if there is one
	public, private                  *[32]byte // the operator's
	secrets                          *credential.Keys
	signer                           *credential.Signer // the operator's, of orders and tokens
	lock                             *os.File
}

// prepare makes the folder and what must be in it before anything starts.
func prepare(o *Options) (*Home, error) {
	if o.Lockerd == "" && !o.NoDaemon && !o.InProcess {
		found, err := findProgram("lockerd")
		if err != nil {
			return nil, err
		}
		o.Lockerd = found
	}
	plan, name := Plan(), "lockersim-%d"
	if o.Bare {
		plan, name = BarePlan(), "lockersim-bare-%d"
		if err := onLoopback("serial server", o.Server); err != nil {
			return nil, err
		}
	}
	if o.Lockerdesk == "" && o.Broker == "" && !o.NoDesk {
		o.Lockerdesk, _ = findProgram("lockerdesk") // without one there is no desk
	}
	if o.Dir == "" {
		o.Dir = filepath.Join(os.TempDir(), fmt.Sprintf(name, os.Getuid()))
	}
	h := &Home{dir: o.Dir, plan: plan, server: o.Server}
	if err := h.own(o.Clean); err != nil {
		return nil, err
	}
	h.dev, h.keys = filepath.Join(h.dir, "dev"), filepath.Join(h.dir, "keys")
	h.operator, h.config = filepath.Join(h.dir, "operator"), filepath.Join(h.dir, "lockerd.toml")
	for _, dir := range []string{h.dev, h.keys, h.operator} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return nil, fmt.Errorf("lockersim: make folder: %w", err)
		}
	}
	if err := errors.Join(h.operatorKeys(), h.issuerKey()); err != nil {
		return nil, err
	}
	var err error
	if h.till, err = NewTill(h.dir); err != nil {
		return nil, err
	}
	return h, h.cabinetKeys()
}

// passwordFile and certificateFile are what lockerdesk enrol gives the cabinet for its broker.
func (h *Home) passwordFile() string    { return filepath.Join(h.keys, "mqtt.password") }
func (h *Home) certificateFile() string { return filepath.Join(h.keys, "broker.pem") }

// cabinetKeys reads or makes the cabinet's keys.
func (h *Home) cabinetKeys() error {
	if err := credential.Make(h.keys); err != nil {
		return err
	}
	var err error
	h.secrets, err = credential.Load(h.keys, base64.StdEncoding.EncodeToString(h.public[:]))
	return err
}

// own takes the folder for this process alone, and empties it if a new cabinet is wanted. A folder in which something
// else lives is not touched, nor one that somebody else has put there.
func (h *Home) own(clean bool) error {
	if err := os.MkdirAll(h.dir, 0o700); err != nil {
		return fmt.Errorf("lockersim: make folder: %w", err)
	}
	info, err := os.Lstat(h.dir)
	if err != nil {
		return fmt.Errorf("lockersim: look at folder: %w", err)
	}
	if s, ok := info.Sys().(*syscall.Stat_t); !info.IsDir() || !ok || int(s.Uid) != os.Getuid() {
		return fmt.Errorf("lockersim: %s is not a folder of yours; say another with --dir", h.dir)
	}
	mark := filepath.Join(h.dir, "lockersim.lock")
	entries, err := os.ReadDir(h.dir)
	if err != nil {
		return fmt.Errorf("lockersim: look at folder: %w", err)
	}
	if _, err := os.Stat(mark); err != nil && len(entries) > 0 {
		return fmt.Errorf("lockersim: %s holds something else; say another folder with --dir", h.dir)
	}
	if h.lock, err = os.OpenFile(mark, os.O_CREATE|os.O_RDWR, 0o600); err != nil {
		return fmt.Errorf("lockersim: lock folder: %w", err)
	}
	if err := syscall.Flock(int(h.lock.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); err != nil {
		return fmt.Errorf("lockersim: another lockersim uses %s", h.dir)
	}
	if !clean {
		return nil
	}
	for _, e := range entries {
		if e.Name() == filepath.Base(mark) {
			continue
		}
		if err := os.RemoveAll(filepath.Join(h.dir, e.Name())); err != nil {
			return fmt.Errorf("lockersim: clean folder: %w", err)
		}
	}
	return nil
}

// scannerPort, linePort and linePorts are where lockerd finds its serial lines.
func (h *Home) scannerPort() string { return filepath.Join(h.dev, "scanner") }

func (h *Home) linePort(l LinePlan) string {
	if l.Server {
		return "tcp://" + h.server
	}
	return filepath.Join(h.dev, l.Name)
}

func (h *Home) linePorts() (list []string) {
	for _, l := range h.plan.Lines {
		list = append(list, h.linePort(l))
	}
	return list
}

// outlets are where the lines are plugged in.
func (h *Home) outlets() map[string]*Outlet {
	all := map[string]*Outlet{}
	for _, l := range h.plan.Lines {
		if l.Server {
			all[l.Name] = NewServer(h.server)
		} else {
			all[l.Name] = NewSerial(h.linePort(l))
		}
	}
	return all
}

// Close gives the folder back.
func (h *Home) Close() { h.lock.Close() }

// secretFile reads a secret, or makes it and keeps it where only its owner can read it.
func secretFile(path string, fresh func() string) (string, error) {
	text, err := os.ReadFile(path)
	if err == nil {
		return strings.TrimSpace(string(text)), nil
	}
	if !errors.Is(err, os.ErrNotExist) {
		return "", fmt.Errorf("lockersim: read secret: %w", err)
	}
	secret := fresh()
	if err := os.WriteFile(path, []byte(secret+"\n"), 0o600); err != nil {
		return "", fmt.Errorf("lockersim: keep secret: %w", err)
	}
	return secret, nil
}

// operatorKeys reads or makes the operator's key pair (X25519). The cabinet is told the public half alone.
func (h *Home) operatorKeys() error {
	both, err := secretFile(filepath.Join(h.operator, "operator.key"), func() string {
		public, private, err := box.GenerateKey(rand.Reader)
		if err != nil {
			panic("lockersim: no chance to be had: " + err.Error())
		}
		return base64.StdEncoding.EncodeToString(append(public[:], private[:]...))
	})
	if err != nil {
		return err
	}
	raw, err := base64.StdEncoding.DecodeString(both)
	if err != nil || len(raw) != 64 {
		return fmt.Errorf("lockersim: %s/operator.key is no key pair", h.operator)
	}
	h.public, h.private = (*[32]byte)(raw[:32]), (*[32]byte)(raw[32:])
	return nil
}

// issuerKey reads or makes the key with which the operator signs orders and tokens.
func (h *Home) issuerKey() error {
	text, err := secretFile(filepath.Join(h.operator, "issuer.key"), func() string {
		seed := make([]byte, ed25519.SeedSize)
		rand.Read(seed)
		signer, err := credential.NewSigner("desk", seed)
		if err != nil {
			panic("lockersim: a fresh key is none: " + err.Error())
		}
		return signer.Secret()
	})
	if err != nil {
		return err
	}
	h.signer, err = credential.ReadSigner(text)
	return err
}

// writeConfig writes lockerd's configuration for the cloud that it has. The camera answers at the bench's address.
func (h *Home) writeConfig(o Options, c cloud, bench string) error {
	s := Settings{
		Cabinet: cabinetName, Dir: h.dir, Ports: map[string]string{}, Plan: h.plan, Sizes: sizes, Technician: technician,
		Operator: c.operator, Issuer: c.issuer, Kiosk: o.Kiosk, Broker: c.broker, Packed: c.packed, User: cabinetName,
		PasswordFile: h.passwordFile(), CAFile: c.authority,
		ScannerPort: h.scannerPort(), ScannerBaud: scannerBaud, Camera: "http://" + bench + "/camera.jpg",
		Terminal: h.till.command(),
	}
	for _, l := range h.plan.Lines {
		s.Ports[l.Name] = h.linePort(l)
	}
	for _, p := range couriers {
		badge, pin := h.secrets.Hash(p.Badge), h.secrets.Hash(p.PIN)
		s.Couriers = append(s.Couriers, HashedCourier{p, hex.EncodeToString(badge[:]), hex.EncodeToString(pin[:])})
	}
	text, err := s.Text()
	if err != nil {
		return err
	}
	if err := os.WriteFile(h.config, text, 0o600); err != nil {
		return fmt.Errorf("lockersim: write configuration: %w", err)
	}
	return nil
}

// commissioning makes what is done after every start of lockerd: once for every new journal, a technician's look into
// all doors, without which none would be given to anybody, and her enrolment.
func (h *Home) commissioning(kiosk string, phone *Phone, log *slog.Logger) func(context.Context, tools) {
	done := filepath.Join(h.dir, "inspected")
	return func(ctx context.Context, t tools) {
		// A bare cabinet's doors are looked into at its setup.
		if _, err := os.Stat(done); err != nil && !h.plan.Bare {
			err := t.Inspect(ctx)
			if err == nil {
				err = os.WriteFile(done, nil, 0o600)
			}
			if err != nil && ctx.Err() == nil {
				log.Error("doors not inspected", "err", err)
			}
		}
		if phone.enrolled() {
			return
		}
		if err := Enrol(ctx, t, kiosk, phone); err != nil && ctx.Err() == nil {
			log.Error("technician not enrolled", "err", err)
		}
	}
}

// phone is the technician's. With a journal that is gone, what was done in it is forgotten, too.
func (h *Home) phone() *Phone {
	file := filepath.Join(h.dir, "phone")
	if _, err := os.Stat(filepath.Join(h.dir, "journal.db")); err != nil {
		os.Remove(file)                              //nolint:errcheck // it may not be there
		os.Remove(filepath.Join(h.dir, "inspected")) //nolint:errcheck // nor this
	}
	return NewPhone(file)
}
