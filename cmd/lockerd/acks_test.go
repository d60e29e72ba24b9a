package main

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// confirmedUpTo is what the journal says that the cloud has.
func (r *rig) confirmedUpTo() uint64 {
	r.t.Helper()
	out, err := r.tool("journal", "verify")
	if err != nil {
		r.t.Fatalf("%v: %s", err, out)
	}
	var seq uint64
	if _, err := fmt.Sscan(regexp.MustCompile(`confirmed up to (\d+)`).FindStringSubmatch(out)[1], &seq); err != nil {
		r.t.Fatal(err)
	}
	return seq
}

// sentAgain orders everything once more, and gives the personal part of a parcel's notice as it came then.
func (r *rig) sentAgain(id, tracking string) map[string]string {
	r.t.Helper()
	r.cloud.mu.Lock()
	r.cloud.again = nil
	r.cloud.mu.Unlock()
	r.cloud.order(id, "resend", map[string]any{"after": 0}, "", nil)
	var personal map[string]string
	r.cloud.await("what was stored once more, and all after it", func(c *cloud) bool {
		c.mu.Lock()
		defer c.mu.Unlock()
		for _, h := range c.again {
			if h.Kind == "parcel.stored" && h.field("tracking") == tracking {
				personal = h.personal
				return true
			}
		}
		return false
	})
	return personal
}

// newest is the newest record that the cloud has.
func (c *cloud) newest() happened {
	all := c.all()
	return all[len(all)-1]
}

// TestForgedAcksForgetNothing: whoever has the broker but no key has nothing forgotten and nothing begun anew; the state says
// that they try. The cloud's own word frees what it names, and a parcel that waits keeps its code for a resend until it
// has ended.
func TestForgedAcksForgetNothing(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	r.cloud.hush(true)
	door, code := r.broughtIn("PARCEL-1")
	r.cloud.complete()
	h := r.cloud.newest()
	before := r.confirmedUpTo()
	if before >= h.Seq {
		t.Fatalf("want something to confirm, got %d of %d", before, h.Seq)
	}
	beyond, earlier, fields := h, h, []string{"cabinet", "epoch", "seq", "hash"}
	beyond.Seq += 1000
	earlier.Epoch = "0123456789abcdef"
	good := signedAck(issuer, wordFor("rig", h))
	part := strings.Split(good, ".")
	forged := []string{wordFor("rig", h), wordFor("rig", beyond), fmt.Sprintf(`{"epoch":%q,"seq":%d}`, h.Epoch, h.Seq),
		signedAck(newSigner("cloud", 66), wordFor("rig", h)), signedAck(newSigner("nobody", 1), wordFor("rig", beyond)),
		signedAck(issuer, wordFor("rig-2", h)), signedAck(issuer, wordFor("rig", earlier)),
		part[0] + "." + base64.RawURLEncoding.EncodeToString([]byte(wordFor("rig", beyond))) + "." + part[2],
		r.cloud.sign(issuer, []byte(wordFor("rig", h))), token(t, nil)}
	for _, field := range fields {
		twice := strings.Replace(wordFor("rig", h), "{", fmt.Sprintf(`{%q:"x",`, field), 1)
		forged = append(forged, signedAck(issuer, twice))
	}
	for range 20 {
		for _, ack := range forged {
			r.cloud.say(ack)
		}
	}
	r.cloud.publish(signedAck(issuer, string(unlockOrder("as-an-ack", 1, nil))))
	r.cloud.await("the order that was signed as an ack refused", func(c *cloud) bool {
		_, ok := c.last("order.refused", "why", "signed, but not as an ack")
		_, other := c.last("order.refused", "why", "signed, but not as an order")
		return ok || other
	})
	r.cloud.await("it told in the state", func(c *cloud) bool {
		return strings.Contains(c.summary(), `"kind":"cloud_unproven","what":"not signed"`)
	})
	if got := r.confirmedUpTo(); got != before {
		t.Errorf("want %d confirmed as before, got %d", before, got)
	}
	if n := r.cloud.count("journal.epoch_begun"); n != 1 {
		t.Errorf("want no new epoch, got %d", n)
	}
	if got := r.sentAgain("again-1", "PARCEL-1"); got["code"] != code {
		t.Errorf("want the code once more, got %v", got)
	}

	other := r.cloud.newest()
	other.hash = h.hash
	r.cloud.say(signedAck(issuer, wordFor("rig", other))) // the right name, and another record's hash
	r.cloud.await("that told in the state", func(c *cloud) bool {
		return strings.Contains(c.summary(), fmt.Sprintf(`"kind":"cloud_disagrees","what":"%s/%d"`, other.Epoch, other.Seq))
	})
	if got := r.confirmedUpTo(); got != before {
		t.Errorf("want %d confirmed as before, got %d", before, got)
	}

	r.cloud.say(good)
	eventually(t, "the cloud's own word heard", func() bool { return r.confirmedUpTo() == h.Seq })
	if got := r.sentAgain("again-2", "PARCEL-1"); got["code"] != code || got["phone"] == "" {
		t.Errorf("want code and phone of a parcel that waits, though the cloud has had them, got %v", got)
	}
	r.cloud.hush(false)
	r.scan("LD1:" + code)
	r.push(door)
	r.cloud.await("fetched", func(c *cloud) bool { return c.count("parcel.collected") == 1 })
	fetched, _ := r.cloud.last("parcel.collected", "", "")
	eventually(t, "the cloud's word for it heard", func() bool { return r.confirmedUpTo() >= fetched.Seq })
	if got := r.sentAgain("again-3", "PARCEL-1"); got != nil {
		t.Errorf("want nothing personal of a parcel that was fetched, got %v", got)
	}
	r.cloud.complete()
	r.matched()
}
