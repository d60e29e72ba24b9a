package main

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"lockerd/internal/credential"
)

// unlockOrder is an order to open a door, as it is signed; what is changed in it makes it another.
func unlockOrder(id string, door int, change func(o map[string]any)) []byte {
	now := time.Now().UTC()
	o := map[string]any{"id": id, "cabinet": "rig", "kind": "door.unlock", "issued": now, "expires": now.Add(time.Hour),
		"body": map[string]any{"door": door}}
	if change != nil {
		change(o)
	}
	data, _ := json.Marshal(o)
	return data
}

// TestATakenOverBroker: whoever has the broker sends what they like and sees everything, and opens nothing. The true
// orders go on, even under ids that the thief has used before.
func TestATakenOverBroker(t *testing.T) {
	t.Parallel()
	r := newRig(t)
	r.commission()
	// The thief has seen an order pass.
	seen := r.cloud.sign(issuer, unlockOrder("seen", 1, nil))
	r.cloud.publish(seen)
	r.push(1)
	r.cloud.await("the order followed", func(c *cloud) bool { return c.doorIs(1, "door.closed") })
	r.cloud.complete()
	pulses := r.pulses()

	thief := newSigner("cloud", 66) // under the operator's name
	unsigned := string(unlockOrder("true-1", 2, nil))
	payload := base64.RawURLEncoding.EncodeToString([]byte(unsigned))
	part := strings.Split(seen, ".")
	none := base64.RawURLEncoding.EncodeToString([]byte(`{"alg":"none","typ":"lockerd-order","kid":"cloud"}`))
	const unknown, early, timeless = "signed with a key that does not count here",
		"issued in the future: whose clock is wrong?", "a signed order must say when it was issued and when it expires"
	refused := map[string]string{ // by what it is; an empty answer is none
		unsigned: "not signed",
		r.cloud.sign(thief, unlockOrder("thief", 2, nil)):                        "the signature is wrong",
		r.cloud.sign(newSigner("nobody", 1), unlockOrder("nobody", 2, nil)):      unknown,
		part[0] + "." + payload + "." + part[2]:                                  "the signature is wrong",
		none + "." + payload + ".":                                               "signed by another algorithm than Ed25519",
		r.cloud.sign(issuer, []byte("no order")):                                 "",
		fmt.Sprintf(`{"payload":%q,"signatures":[]}`, payload):                   "",
		fmt.Sprintf(`{"id":"long","cabinet":%q}`, strings.Repeat("x", 90_000)):   "longer than 81920 bytes",
		r.cloud.sign(issuer, unlockOrder("true-1", 2, of("cabinet", "rig-2"))):   "for another cabinet",
		r.cloud.sign(issuer, unlockOrder("true-1", 2, lived(-2, -1))):            "expired",
		r.cloud.sign(issuer, unlockOrder("long-lived", 2, lived(0, 7*24+1))):     "meant for more than 7 days",
		r.cloud.sign(issuer, unlockOrder("early", 2, lived(1, 2))):               early,
		r.cloud.sign(issuer, unlockOrder("timeless", 2, of("expires", nil))):     timeless,
		r.cloud.sign(issuer, unlockOrder("mute", 2, of("kind", "door.openall"))): "kind: not one of this release",
		seen: "", // the same once more
	}
	answers := 0
	for message, why := range refused {
		r.cloud.publish(message)
		if why != "" {
			answers++
		}
	}
	r.cloud.await("every answer", func(c *cloud) bool { return c.count("order.refused") == answers })
	for message, why := range refused {
		if _, ok := r.cloud.last("order.refused", "why", why); why != "" && !ok {
			t.Errorf("nothing was refused because %q: %.200s", why, message)
		}
	}
	if n := r.pulses() - pulses; n != 0 {
		t.Fatalf("the thief opened %d doors", n)
	}

	r.cloud.publish(r.cloud.sign(issuer, unlockOrder("true-1", 2, nil)))
	r.push(2)
	r.cloud.complete()
	r.matched()
	if n := r.pulses() - pulses; n != 1 {
		t.Errorf("want one pulse for the true order, got %d", n)
	}
	log, _ := os.ReadFile(r.log.Name())
	if strings.Contains(string(log), part[2]) || strings.Contains(string(log), payload) {
		t.Error("the log repeats an order")
	}
}

func of(field string, value any) func(map[string]any) {
	return func(o map[string]any) {
		if o[field] = value; value == nil {
			delete(o, field)
		}
	}
}

// lived moves an order's life, in hours from now.
func lived(from, until int) func(map[string]any) {
	return func(o map[string]any) {
		now := time.Now().UTC()
		o["issued"], o["expires"] = now.Add(time.Duration(from)*time.Hour), now.Add(time.Duration(until)*time.Hour)
	}
}

// TestAnOrderByHand: what the tool prints is an order of the key's owner; the key stands in a file, and the body comes
// from standard input.
func TestAnOrderByHand(t *testing.T) {
	t.Parallel()
	key := filepath.Join(t.TempDir(), "issuer.key")
	if err := os.WriteFile(key, []byte(issuer.Secret()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	sign := func(body string) ([]byte, error) {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "order", "sign", "--key", key, "--cabinet", "rig",
			"--kind", "door.unlock", "--for", "5m")
		cmd.Env = append(os.Environ(), asLockerd+"=1")
		cmd.Stdin = strings.NewReader(body)
		return cmd.Output()
	}
	out, err := sign("{\"door\":7}\n")
	if err != nil {
		t.Fatal(err)
	}
	issuers, err := credential.NewIssuers([]credential.Issuer{issuer.Issuer("orders")})
	if err != nil {
		t.Fatal(err)
	}
	payload, _, err := issuers.Order(out) // as mosquitto_pub -s sends it, with the end of the line
	if err != nil {
		t.Fatal(err)
	}
	var o struct {
		ID, Cabinet, Kind string
		Issued, Expires   time.Time
		Body              struct{ Door int }
	}
	if err := json.Unmarshal(payload, &o); err != nil || o.ID == "" || o.Cabinet != "rig" || o.Kind != "door.unlock" ||
		o.Body.Door != 7 || o.Expires.Sub(o.Issued) != 5*time.Minute {
		t.Errorf("got %s, %v", payload, err)
	}
	if out, err := sign("door 7"); err == nil {
		t.Errorf("want no order of what is no JSON, got %s", out)
	}
}
