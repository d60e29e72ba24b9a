package cabinet

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"runtime/pprof"
	"strings"
	"testing"
	"testing/synctest"
)

// TestTheFirstErrorStopsAll, and says whose it is. Who has ended runs no more.
func TestTheFirstErrorStopsAll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		all := &owners{log: slog.New(slog.DiscardHandler)}
		fail := make(chan error)
		all.add("patient", func(ctx context.Context) error { <-ctx.Done(); return nil })
		all.add("brief", func(context.Context) error { return nil })
		all.add("unlucky", func(context.Context) error { return <-fail })
		ended := make(chan error)
		go func() { ended <- all.run(t.Context()) }()
		synctest.Wait()
		var names []string
		for _, o := range all.running() {
			names = append(names, o.Owner)
		}
		if got := strings.Join(names, " "); got != "patient unlucky" {
			t.Errorf("want those who run, got %q", got)
		}
		cause := errors.New("the disk is gone")
		fail <- cause
		if err := <-ended; !errors.Is(err, cause) || !strings.HasPrefix(err.Error(), "unlucky: ") {
			t.Errorf("want whose error it is, got %v", err)
		}
		if left := all.running(); len(left) != 0 {
			t.Errorf("want nobody left, got %v", left)
		}
	})
}

// TestAProfileSaysWhose work it is.
func TestAProfileSaysWhose(t *testing.T) {
	all := &owners{log: slog.New(slog.DiscardHandler)}
	seen := make(chan string)
	all.add("busy", func(context.Context) error {
		go func() { // what an owner starts is its own, too
			var b bytes.Buffer
			_ = pprof.Lookup("goroutine").WriteTo(&b, 1)
			seen <- b.String()
		}()
		return nil
	})
	if err := all.run(t.Context()); err != nil {
		t.Fatal(err)
	}
	if text := <-seen; !strings.Contains(text, `"owner":"busy"`) {
		t.Errorf("want the owner's label, got\n%s", text)
	}
}
