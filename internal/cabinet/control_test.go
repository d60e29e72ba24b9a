package cabinet

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// TestHandToolsHaveOneReading: what two readers could understand differently is asked of nobody. There is no loop here that
// it could be asked of.
func TestHandToolsHaveOneReading(t *testing.T) {
	t.Parallel()
	c := &control{}
	open := func(w http.ResponseWriter, r *http.Request) {
		r.SetPathValue("door", "7")
		c.openDoor(w, r)
	}
	for name, tool := range map[string]struct {
		do     http.HandlerFunc
		bodies []string
	}{
		"inspected": {c.inspected, []string{``, `null`, `{}`, `{"doors":[7]}`, `{"doors":[7],"doors":[8],"by":"Ada"}`,
			`{"doors":[7],"by":"Ada","by":"Eve"}`, `{"DOORS":[7],"by":"Ada"}`, `{"doors":[7],"By":"Ada"}`,
			`{"doors":[7],"by":"Ada"}{}`, `{"doors":[7],"by":"Ada","all":true}`, "{\"doors\":[7],\"by\":\"\xff\"}"}},
		"clock": {c.correctClock, []string{``, `null`, `{}`, `{"at":"2026-11-28T09:00:00Z","at":"2046-11-28T09:00:00Z","by":"Ada"}`,
			`{"at":"2026-11-28T09:00:00Z","AT":"2046-11-28T09:00:00Z","by":"Ada"}`, `{"at":"2026-11-28T09:00:00Z","By":"Ada"}`,
			`{"at":"2026-11-28T09:00:00Z","by":"Ada"}{}`, `{"at":"2026-11-28T09:00:00Z","by":"Ada","why":"x"}`}},
		"open": {open, []string{``, `null`, `{}`, `{"by":"Ada","by":"Eve"}`, `{"BY":"Ada"}`, `{"by":"Ada","BY":"Eve"}`,
			`{"by":"Ada"}{}`, `{"by":"Ada","door":8}`, "{\"by\":\"\xff\"}"}},
	} {
		for _, body := range tool.bodies {
			w := httptest.NewRecorder()
			tool.do(w, httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/", strings.NewReader(body)))
			if w.Code != http.StatusBadRequest {
				t.Errorf("%s: %q: want 400, got %d", name, body, w.Code)
			}
		}
	}
}

// TestSomeAnswersTakeTheirTime: a profile of a minute and a watch of an hour are not cut off by the time that a request may take.
func TestSomeAnswersTakeTheirTime(t *testing.T) {
	t.Parallel()
	cut := make(chan bool, 1)
	server := httptest.NewUnstartedServer(unhurried(func(_ http.ResponseWriter, r *http.Request) {
		select {
		case <-r.Context().Done():
			cut <- true
		case <-time.After(300 * time.Millisecond):
			cut <- false
		}
	}))
	server.Config.ReadTimeout = 50 * time.Millisecond
	server.Start()
	t.Cleanup(server.Close)
	answer, err := server.Client().Get(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if <-cut {
		t.Error("want the answer as long as it takes")
	}
}
