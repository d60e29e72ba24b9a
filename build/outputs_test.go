package build

import (
	"strings"
	"sync"
)

// outputs is what a process says, read while it says more.
type outputs struct {
	mu   sync.Mutex
	text strings.Builder
}

func (o *outputs) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.Write(p)
}

func (o *outputs) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.text.String()
}
