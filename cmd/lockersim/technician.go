package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/pquerna/otp"
	"github.com/pquerna/otp/totp"

	"lockerd/internal/credential"
)

// A Phone is the demo's technician's: it keeps what she was handed when she was invited, and shows her app's code.
type Phone struct {
	file string

	mu  sync.Mutex
	url string // otpauth://; empty: she has not enrolled
}

// AppCode is what the technician's app shows.
type AppCode struct {
	Name string `json:"name"`
	PIN  string `json:"pin"`
	Code string `json:"code"` // empty: she has not enrolled
}

// NewPhone reads what is kept in a file, if there is any.
func NewPhone(file string) *Phone {
	p := &Phone{file: file}
	if text, err := os.ReadFile(file); err == nil {
		p.url = strings.TrimSpace(string(text))
	}
	return p
}

// Show is what the phone shows at a time.
func (p *Phone) Show(at time.Time) AppCode {
	p.mu.Lock()
	defer p.mu.Unlock()
	return AppCode{Name: technician.Name, PIN: technician.PIN, Code: appCode(p.url, at)}
}

func (p *Phone) enrolled() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.url != ""
}

// keep notes that she has enrolled.
func (p *Phone) keep(url string) error {
	if err := os.WriteFile(p.file, []byte(url+"\n"), 0o600); err != nil {
		return fmt.Errorf("lockersim: keep the technician's phone: %w", err)
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.url = url
	return nil
}

// appCode is empty where there is no app.
func appCode(url string, at time.Time) string {
	key, err := otp.NewKeyFromURL(url)
	if err != nil || key.Secret() == "" {
		return ""
	}
	code, _ := totp.GenerateCode(key.Secret(), at) // empty where the secret is none
	return code
}

// tools are what the hand tools do at a new cabinet: with a lockerd of its own or with the one in this process.
type tools interface {
	Inspect(context.Context) error
	Invite(context.Context) (credential.Invitation, error)
}

// Enrol invites the technician, and follows the invitation at the kiosk as she would.
func Enrol(ctx context.Context, t tools, kiosk string, phone *Phone) error {
	ctx, cancel := context.WithTimeout(ctx, toolFor)
	defer cancel()
	in, err := t.Invite(ctx)
	if err != nil {
		return fmt.Errorf("lockersim: invite the technician: %w", err)
	}
	if err := (&visitor{kiosk: kiosk, in: in}).enrol(ctx); err != nil {
		return fmt.Errorf("lockersim: enrol the technician at the kiosk: %w", err)
	}
	return phone.keep(in.URL)
}

// visitor is the technician before the kiosk: it does what she would on each screen.
type visitor struct {
	kiosk string // host and port
	in    credential.Invitation
	codes int // of the app, that were typed
}

// screen is what the page is told.
type screen struct {
	Revision string `json:"revision"`
	Step     string `json:"step"`
}

// enrol follows the kiosk's screens until the technician is in, and signs out.
func (v *visitor) enrol(ctx context.Context) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+v.kiosk+"/events", nil)
	if err != nil {
		return err
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	defer answer.Body.Close()
	frames := bufio.NewScanner(answer.Body)
	frames.Buffer(nil, 4<<20)
	for last := ""; frames.Scan(); {
		data, is := strings.CutPrefix(frames.Text(), "data: ")
		var now screen
		if !is || json.Unmarshal([]byte(data), &now) != nil || now.Revision == last {
			continue
		}
		last = now.Revision
		done, err := v.on(ctx, now)
		if done || err != nil {
			return err
		}
	}
	return errors.Join(errors.New("the screen went away"), frames.Err())
}

// on does what is to be done on a screen.
func (v *visitor) on(ctx context.Context, now screen) (done bool, err error) {
	switch now.Step {
	case "home", "out_of_order":
		return false, v.press(ctx, now, "action", "technician")
	case "tech_pin":
		return false, v.press(ctx, now, "code", v.in.Secret)
	case "new_pin", "new_pin_again":
		return false, v.press(ctx, now, "code", technician.PIN)
	case "new_code":
		// The code before is still good: the one at hand is left for whoever signs in first.
		at := time.Now().Add(time.Duration(v.codes-1) * credential.AppPeriod)
		v.codes++
		return false, v.press(ctx, now, "code", appCode(v.in.URL, at))
	case "menu":
		return true, v.press(ctx, now, "action", "sign_out")
	}
	return false, nil // somebody else is at it: they will go
}

// press sends what the page sends when a finger touches it.
func (v *visitor) press(ctx context.Context, now screen, what, is string) error {
	body, err := json.Marshal(map[string]string{"revision": now.Revision, what: is})
	if err != nil {
		return err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, "http://"+v.kiosk+"/press", bytes.NewReader(body))
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Origin", "http://"+v.kiosk)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return err
	}
	answer.Body.Close()
	if answer.StatusCode != http.StatusAccepted {
		return fmt.Errorf("the kiosk answers %s", answer.Status)
	}
	return nil
}
