// Package contracttest makes records as a cabinet writes them, for the tests of those who receive them.
package contracttest

import (
	"crypto/sha256"
	"fmt"
)

// Line is the public line of a record of the cabinet demo-1 whose event has no fields. prev is the line before it, "" if it is the first.
func Line(epoch string, seq int, prev, kind string) string {
	return LineWith(epoch, seq, prev, kind, "{}")
}

// LineWith is Line with the JSON of an event.
func LineWith(epoch string, seq int, prev, kind, event string) string {
	var hash [sha256.Size]byte
	if prev != "" {
		hash = sha256.Sum256([]byte(prev))
	}
	return fmt.Sprintf(`{"v":1,"cabinet":"demo-1","epoch":%q,"seq":%d,"at":"2026-11-24T10:00:00.000Z","known":true,`+
		`"up":5,"prev":"%x","kind":%q,"event":%s}`, epoch, seq, hash, kind, event)
}
