package cabinet

import (
	"encoding/json"
	"strings"
	"testing"

	"lockerd/internal/controller"
	"lockerd/internal/locker"
	"lockerd/internal/metrics"
)

// TestUnsignedWordsAreSaidAloud in what the cloud retains.
func TestUnsignedWordsAreSaidAloud(t *testing.T) {
	t.Parallel()
	var told reported
	for said, b := range map[string]*bulletin{`"unsigned_orders":true`: {Cloud: &told, meter: new(metrics.Meter), unsigned: true},
		`"unsigned_acks":true`: {Cloud: &told, meter: new(metrics.Meter), unsignedAcks: true}} {
		b.Report(locker.Summary{})
		if data, _ := json.Marshal(told.summary); !strings.Contains(string(data), said) || strings.Count(string(data), "unsigned") != 1 {
			t.Errorf("want %s and no more, got %s", said, data)
		}
	}
	(&bulletin{Cloud: &told, meter: new(metrics.Meter)}).Report(locker.Summary{})
	if data, _ := json.Marshal(told.summary); strings.Contains(string(data), "unsigned") {
		t.Errorf("the state says what is not so: %s", data)
	}
}

// reported is what the cloud was told.
type reported struct {
	controller.Cloud
	summary locker.Summary
}

func (r *reported) Report(s locker.Summary) { r.summary = s }
