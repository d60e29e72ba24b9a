package main_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	lockersim "lockerd/cmd/lockersim"
)

// invitation is what the stand-in's hand tool prints. The app's codes are those of RFC 6238's secret.
const invitation = `{"secret":"123456789012","recovery":["1234567890"],
	"url":"otpauth://totp/lockerd:t1?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=lockerd"}`

// reception is a kiosk at which a technician enrols. It believes the app's second code.
type reception struct {
	mu      sync.Mutex
	step    int
	pressed []string
	moved   chan struct{}
}

var receptionSteps = []string{"out_of_order", "home", "tech_pin", "new_pin", "new_pin_again", "new_code", "new_code",
	"menu"}

func (k *reception) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method == http.MethodPost {
		k.press(w, r)
		return
	}
	for told := 0; ; {
		k.mu.Lock()
		step := k.step
		k.mu.Unlock()
		for ; told <= step; told++ {
			for range 2 { // each is drawn anew once
				fmt.Fprintf(w, "event: screen\ndata: {\"revision\":\"%d\",\"step\":%q}\n\n", told, receptionSteps[told])
			}
		}
		w.(http.Flusher).Flush()
		select {
		case <-k.moved:
		case <-r.Context().Done():
			return
		}
	}
}

func (k *reception) press(w http.ResponseWriter, r *http.Request) {
	var p map[string]string
	if err := json.NewDecoder(r.Body).Decode(&p); err != nil || r.Header.Get("Origin") != "http://"+r.Host {
		http.Error(w, "not our page", http.StatusForbidden)
		return
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	k.pressed = append(k.pressed, fmt.Sprintf("%s: %s%s", receptionSteps[k.step], p["action"], p["code"]))
	w.WriteHeader(http.StatusAccepted)
	if k.step++; k.step < len(receptionSteps) {
		k.moved <- struct{}{}
	}
}

func TestTheTechnicianEnrols(t *testing.T) {
	self, err := os.Executable()
	fatal(t, err)
	dir := t.TempDir()
	config := filepath.Join(dir, "lockerd.toml")
	fatal(t, os.WriteFile(config+".invitation", []byte(invitation), 0o600))
	kiosk := &reception{moved: make(chan struct{}, 10)}
	server := httptest.NewServer(kiosk)
	t.Cleanup(server.Close)
	phone := lockersim.NewPhone(filepath.Join(dir, "phone"))
	if shows := phone.Show(time.Unix(59, 0)); shows.Code != "" {
		t.Fatalf("want no code before she has enrolled, got %+v", shows)
	}
	d := lockersim.NewDaemon("lockerd", self, config, lockersim.NewLines(&bytes.Buffer{}, 10), nil)
	fatal(t, lockersim.Enrol(t.Context(), d, strings.TrimPrefix(server.URL, "http://"), phone))

	kiosk.mu.Lock()
	pressed := slices.Clone(kiosk.pressed)
	kiosk.mu.Unlock()
	want := []string{"out_of_order: technician", "home: technician", "tech_pin: 123456789012", "new_pin: 864209",
		"new_pin_again: 864209"}
	if len(pressed) != 8 || !slices.Equal(pressed[:5], want) || pressed[7] != "menu: sign_out" {
		t.Fatalf("pressed %q", pressed)
	}
	again := lockersim.NewPhone(filepath.Join(dir, "phone"))
	if shows := again.Show(time.Unix(59, 0)); shows.Code != "287082" || shows.PIN != "864209" {
		t.Fatalf("want the code of RFC 6238, got %+v", shows)
	}
}
