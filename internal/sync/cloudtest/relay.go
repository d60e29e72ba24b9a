package cloudtest

import (
	"testing"

	"lockerd/internal/relay"
)

// NewRelay relays to a host and port until the test ends.
func NewRelay(t *testing.T, to string) *relay.Relay {
	t.Helper()
	r, err := relay.Listen("127.0.0.1:0", to)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.Close)
	return r
}
