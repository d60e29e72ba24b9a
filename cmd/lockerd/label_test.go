package main

import (
	"strings"
	"testing"
)

// TestSentByALabel, over the broker: the label on a parcel opens an empty door for its sender once they have agreed to what its announcement
// asks, the record of what was sent has it, and the last screen shows a receipt.
func TestSentByALabel(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.cloud.order("return", "parcel.announce", map[string]any{"tracking": "RETURN-77", "from": "sender", "size": "S", "company": "Example Parcel", "label": true,
		"agree": []any{map[string]any{"key": "no_dangerous_goods", "texts": []any{map[string]any{"language": "en", "text": "Nothing in it may burn."}}}}}, "", nil)
	r.answered("return", "parcel.announced")
	r.scan("RETURN-77")
	r.asked("agree")
	if page := r.page(); !strings.Contains(page, "Nothing in it may burn.") {
		t.Errorf("want the statement of the announcement on the screen, got %s", page)
	}
	r.press("action", "agree")
	door := r.given("RETURN-77")
	r.push(door)
	r.press("action", "done")
	var sent happened
	r.cloud.await("sent", func(c *cloud) (ok bool) { sent, ok = c.last("parcel.sent", "tracking", "RETURN-77"); return ok })
	if got := sent.field("agreed"); !strings.Contains(got, "no_dangerous_goods") {
		t.Errorf("want what they have agreed to in the record, got %s", got)
	}
	r.asked("thanks")
	if page := r.page(); !strings.Contains(page, `class="qrcode"`) {
		t.Error("want a receipt on the last screen")
	}
	r.finish()
	r.cloud.complete()
	r.matched()
}
