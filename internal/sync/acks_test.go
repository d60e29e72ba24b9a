package sync_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"lockerd/internal/credential"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

// signAs signs under another type.
func signAs(kind, payload string) string {
	signed, err := signer.Sign([]byte(payload), kind)
	if err != nil {
		panic(err)
	}
	return signed
}

// signHeader signs with the cloud's key under a header of one's own.
func signHeader(header, payload string) string {
	encode := base64.RawURLEncoding.EncodeToString
	text := encode([]byte(header)) + "." + encode([]byte(payload))
	return text + "." + encode(ed25519.Sign(ed25519.NewKeyFromSeed(bytes.Repeat([]byte{1}, 32)), []byte(text)))
}

// refusals are acks that count for nobody, by what each is, with why; all but for that they name record 2 as it is.
func refusals() map[string]struct{ message, why string } {
	type m = struct{ message, why string }
	good := signAck(word(2))
	part := strings.Split(good, ".")
	encode := base64.RawURLEncoding.EncodeToString
	none := encode([]byte(`{"alg":"none","typ":"lockerd-ack","kid":"cloud"}`))
	other := encode([]byte(word(3)))
	token := signAckBy(tokens, word(2))
	const must = "must name an epoch, a seq, and that record's hash in 64 small hex digits"
	hash := fmt.Sprintf("%x", sha256.Sum256(public(2)))
	all := map[string]m{
		"unsigned":                              {word(2), "not signed"},
		"by a stranger under the cloud's name":  {signAckBy(stranger, word(2)), "the signature is wrong"},
		"by nobody who is known":                {signAckBy(newSigner("nobody", 1), word(2)), "signed with a key that does not count here"},
		"by a key that signs tokens":            {token, "signed with a key that does not count here"},
		"no algorithm":                          {none + "." + part[1] + ".", "signed by another algorithm than Ed25519"},
		"another payload under its signature":   {part[0] + "." + other + "." + part[2], "the signature is wrong"},
		"without its signature":                 {part[0] + "." + part[1] + ".", "the signature is wrong"},
		"an order":                              {unlock("o1"), "signed, but not as an ack"},
		"an ack signed as an order":             {sign(word(2)), "signed, but not as an ack"},
		"an ack signed as nothing":              {signAs("", word(2)), "signed, but not as an ack"},
		"an ack signed as a token":              {signAs("JWT", word(2)), "signed, but not as an ack"},
		"another cabinet's":                     {signAck(cloudtest.Word("demo-2", epoch, 2, sha256.Sum256(public(2)))), "for another cabinet"},
		"no cabinet's":                          {signAck(strings.Replace(word(2), `"cabinet":"demo-1",`, "", 1)), "for another cabinet"},
		"of no epoch":                           {signAck(strings.Replace(word(2), epoch, "", 1)), must},
		"without a seq":                         {signAck(strings.Replace(word(2), `"seq":2,`, "", 1)), must},
		"with a seq that is a text":             {signAck(strings.Replace(word(2), `:2,`, `:"2",`, 1)), "seq: of the wrong type"},
		"with a seq below nothing":              {signAck(strings.Replace(word(2), `:2,`, `:-2,`, 1)), "seq: of the wrong type"},
		"with a seq of another spelling":        {signAck(strings.Replace(word(2), `:2,`, `:2e0,`, 1)), "seq: of the wrong type"},
		"without a hash":                        {signAck(strings.Replace(word(2), hash, "", 1)), must},
		"with half a hash":                      {signAck(strings.Replace(word(2), hash, hash[:32], 1)), must},
		"with a hash and more":                  {signAck(strings.Replace(word(2), hash, hash+"00", 1)), must},
		"with a hash in capitals":               {signAck(strings.Replace(word(2), hash, strings.ToUpper(hash), 1)), must},
		"with a hash of another character":      {signAck(strings.Replace(word(2), hash, "x"+hash[1:], 1)), must},
		"with a field more":                     {signAck(strings.Replace(word(2), "{", `{"more":1,`, 1)), "a field that is not known"},
		"two of them":                           {signAck(word(2) + word(2)), "something follows its end"},
		"what is no object":                     {signAck("7"), "must be an object"},
		"nothing":                               {signAck(""), "missing"},
		"what is no JSON":                       {signAck(word(2)[1:]), "cannot be read"},
		"what is not UTF-8":                     {signAck(strings.Replace(word(2), epoch, "\xff", 1)), "not UTF-8"},
		"longer than one can be":                {signAck(word(2) + strings.Repeat(" ", 1000)), "longer than 1024 bytes"},
		"an ack of a release that signed none":  {fmt.Sprintf(`{"epoch":%q,"seq":2}`, epoch), "not signed"},
		"a signature in JSON, of two":           {fmt.Sprintf(`{"payload":%q,"signatures":[]}`, part[1]), "not signed"},
		"bytes by chance":                       {string(bytes.Repeat([]byte{0xee}, 200)), "not signed"},
		"an empty message":                      {"", "not signed"},
		"a JWS of nothing":                      {"ey..", "not signed in the form that counts here"},
		"its signature twice":                   {good + "." + part[2], "not signed in the form that counts here"},
		"a header with a field that nobody has": {signHeader(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-ack","x":1}`, word(2)), "not signed in the form that counts here"},
		"a header with its type twice":          {signHeader(`{"alg":"EdDSA","kid":"cloud","typ":"lockerd-order","typ":"lockerd-ack"}`, word(2)), "not signed in the form that counts here"},
	}
	return all
}

// TestWhatIsNoAck: each is refused for its reason, moves nothing, and is acknowledged to the broker, so that it goes.
func TestWhatIsNoAck(t *testing.T) {
	for what, m := range refusals() {
		t.Run(what, func(t *testing.T) {
			if _, err := link.ReadAck([]byte(m.message), "demo-1", false, newKeys(t)); err == nil || err.Error() != m.why {
				t.Errorf("want %q, got %v", m.why, err)
			}
			scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
				c.grow(3)
				l.Report(sound())
				run(t, l)
				synctest.Wait()
				b.take()
				b.write(toAcks(m.message))
				pass(2 * time.Second)
				if c.Confirmed() != 0 || len(c.words) != 0 {
					t.Errorf("it confirmed %v", c.words)
				}
				if len(b.acked) != 1 {
					t.Errorf("want it acknowledged to the broker, got %v", b.acked)
				}
				equal(t, "faults", []string{"setup", "cloud_unproven " + m.why}, b.faults(t))
				b.write(ack(2))
				synctest.Wait()
				equal(t, "a true one after it", []string{epoch + "/2"}, c.words)
			})
		})
	}
}

// TestAcksHaveOneReading: a field twice, or in capitals, is refused, signed or not.
func TestAcksHaveOneReading(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	if _, err := link.ReadAck([]byte(signAck(word(2))), "demo-1", false, k); err != nil {
		t.Fatal(err)
	}
	for _, payload := range spoiled(t, word(2)) {
		for _, message := range []string{payload, signAck(payload)} {
			if a, err := link.ReadAck([]byte(message), "demo-1", true, k); err == nil {
				t.Errorf("taken as %+v: %s", a, payload)
			}
		}
	}
}

// TestAnAckIsNoOrder: what was signed as the cloud's word for what it has opens nothing, whatever it says.
func TestAnAckIsNoOrder(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		run(t, l)
		pass(0)
		b.write(order(1, signAck(plainUnlock("o1"))))
		b.write(order(2, signAck(word(2))))
		pass(time.Minute)
		done, _ := c.orders()
		if len(done) != 1 || done[0].Refusal != "signed, but not as an order" || !done[0].Unproven || done[0].Unlock != nil {
			t.Errorf("want it refused as what it is, got %+v", done)
		}
	})
}

// TestWhoMaySignAcks: whoever may give orders, and a key for acks alone, which gives none; a new key beside the old one.
func TestWhoMaySignAcks(t *testing.T) {
	t.Parallel()
	k := newKeys(t)
	alone, next := newSigner("receiver", 7), newSigner("cloud-2", 8)
	issuers, err := credential.NewIssuers([]credential.Issuer{signer.Issuer("orders"), next.Issuer("orders"),
		alone.Issuer("acks"), tokens.Issuer("tokens")})
	if err != nil {
		t.Fatal(err)
	}
	k.Issuers = issuers
	for _, by := range []*credential.Signer{signer, next, alone} {
		if a, err := link.ReadAck([]byte(signAckBy(by, word(2))), "demo-1", false, k); err != nil || !a.Signed || a.Seq != 2 {
			t.Errorf("%s: got %+v, %v", by, a, err)
		}
	}
	if o := link.ReadOrder([]byte(signBy(alone, plainUnlock("o1"))), false, false, k); o.Refusal == "" {
		t.Error("a key for acks alone gave an order")
	}
}

// TestAcksThatAreNoNews: repeated and late ones change nothing and are no fault; those of an epoch that the journal knows
// nothing of are none either. A journal that may be an older copy is told of what is not there.
func TestAcksThatAreNoNews(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(5)
		l.Report(sound())
		run(t, l)
		synctest.Wait()
		b.write(ack(4))
		for range 100 {
			b.write(ack(4))
			b.write(ack(1))
			b.write(toAcks(signAck(cloudtest.Word("demo-1", "0123456789abcdef", 5, sha256.Sum256(public(5))))))
		}
		pass(2 * time.Second)
		equal(t, "confirmed", []string{epoch + "/4"}, c.words)
		equal(t, "faults", []string{"setup"}, b.faults(t))
		b.write(ack(1 << 60))
		synctest.Wait()
		equal(t, "passed on", []string{epoch + "/4", fmt.Sprint(epoch, "/", 1<<60)}, c.words)
		if n := strings.Count(c.log.String(), "acks that do not count"); n != 1 {
			t.Errorf("want one line about those of another epoch, got %d:\n%s", n, c.log.String())
		}
	})
}

// TestAnotherRecordsHash: an ack that names another record than ours confirms nothing, and is a fault for as long as it goes
// on, and an hour.
func TestAnotherRecordsHash(t *testing.T) {
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(3)
		l.Report(sound())
		run(t, l)
		synctest.Wait()
		b.take()
		wrong := toAcks(signAck(cloudtest.Word("demo-1", epoch, 2, sha256.Sum256([]byte("another")))))
		b.write(wrong)
		b.write(ack(1))
		pass(2 * time.Second)
		equal(t, "confirmed", []string{epoch + "/1"}, c.words)
		equal(t, "faults", []string{"setup", "cloud_disagrees " + epoch + "/2"}, b.faults(t))
		pass(link.DisbeliefOver / 2)
		b.write(wrong)
		b.write(ack(3))
		pass(link.DisbeliefOver - time.Minute)
		if strings.Contains(c.log.String(), `over" kind=cloud_disagrees`) {
			t.Error("want it told until an hour after the last one")
		}
		pass(2 * time.Minute)
		equal(t, "faults an hour later", []string{"setup"}, b.faults(t))
	})
}

// TestDisbeliefEndsByItself: an hour after the last ack that did not count its fault is over, though nothing else happens.
func TestDisbeliefEndsByItself(t *testing.T) {
	for fault, wrong := range map[string]string{
		"cloud_unproven":  signAckBy(stranger, word(2)),
		"cloud_disagrees": signAck(cloudtest.Word("demo-1", epoch, 2, sha256.Sum256([]byte("another")))),
	} {
		t.Run(fault, func(t *testing.T) {
			scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
				c.grow(3)
				c.confirmed = 3
				l.Report(sound())
				run(t, l)
				pass(10 * time.Minute) // not just as it comes up
				b.write(toAcks(wrong))
				pass(10 * time.Second) // so that the link's hourly look around falls on another moment
				b.write(toAcks(wrong))
				pass(link.DisbeliefOver - time.Second)
				told := func() bool { return strings.Contains(strings.Join(b.faults(t), " "), fault) }
				if !told() {
					t.Errorf("want %s for an hour, got %v", fault, b.faults(t))
				}
				if pass(2 * time.Second); told() {
					t.Errorf("want it over an hour later, got %v", b.faults(t))
				}
			})
		})
	}
}

// TestUnsignedAcksWhereTheyAreAllowed: they free what they name rightly, and nothing more: a journal is never put in doubt
// by a word that nobody signed.
func TestUnsignedAcksWhereTheyAreAllowed(t *testing.T) {
	cfg := config()
	cfg.AllowUnsignedAcks = true
	scene(t, cfg, func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(3)
		run(t, l)
		synctest.Wait()
		b.write(toAcks(word(1)))
		b.write(toAcks(word(1 << 60)))
		b.write(toAcks(cloudtest.Word("demo-1", epoch, 3, sha256.Sum256([]byte("another")))))
		b.write(toAcks(cloudtest.Word("demo-2", epoch, 3, sha256.Sum256(public(3)))))
		b.write(toAcks(signAckBy(stranger, word(3)))) // a signature that is there has to be good
		synctest.Wait()
		equal(t, "confirmed", []string{epoch + "/1"}, c.words)
		b.write(ack(2))
		synctest.Wait()
		equal(t, "with a signed one", []string{epoch + "/1", epoch + "/2"}, c.words)
		if !strings.Contains(c.log.String(), "words count that nobody signed") {
			t.Error("want it said in the log")
		}
	})
}

// TestForgedAcksDelayNobody: a flood of them keeps neither a true ack nor a true order waiting, is acknowledged to the broker,
// and fills no log.
func TestForgedAcksDelayNobody(t *testing.T) {
	t.Parallel()
	scene(t, config(), func(t *testing.T, b *broker, c *cabinet, l *link.Link) {
		c.grow(10)
		run(t, l)
		pass(0)
		for i := range 5000 {
			seq := uint64(i%10 + 1)
			b.write(toAcks([]string{word(seq), signAckBy(stranger, word(seq)), signAckBy(tokens, word(1<<60))}[i%3]))
		}
		b.write(ack(7))
		b.write(order(6000, unlock("true")))
		pass(100 * time.Millisecond)
		equal(t, "confirmed", []string{epoch + "/7"}, c.words)
		if done, _ := c.orders(); before(done, "true") != 0 {
			t.Errorf("want the true order followed, got %+v", done)
		}
		if len(b.acked) != 5002 || b.count != 1 {
			t.Errorf("want all acknowledged on one connection, got %d on %d", len(b.acked), b.count)
		}
		pass(10 * time.Minute)
		log := c.log.String()
		if n := strings.Count(log, "\n"); n > 8 || !strings.Contains(log, "in_this_run=5000") {
			t.Errorf("want them counted and few lines, got %d:\n%s", n, log)
		}
	})
}

// FuzzAck: whatever comes, nothing is the cloud's word that its key has not signed for this cabinet.
func FuzzAck(f *testing.F) {
	k := newKeys(f)
	good := signAck(word(2))
	f.Add([]byte(good))
	for _, m := range refusals() {
		f.Add([]byte(m.message))
	}
	want := sha256.Sum256(public(2))
	f.Fuzz(func(t *testing.T, message []byte) {
		a, err := link.ReadAck(message, "demo-1", false, k)
		if err == nil && (a.Epoch != epoch || a.Seq != 2 || a.Hash != want || !a.Signed) {
			t.Fatalf("%+v was never signed: %s", a, message)
		}
		if err != nil && (a.Signed || a.Epoch != "" || a.Seq != 0) {
			t.Fatalf("%v, and yet %+v", err, a)
		}
	})
}

// BenchmarkAck is how long an ack of usual length takes to be told a true one, or a forged one.
func BenchmarkAck(b *testing.B) {
	k := newKeys(b)
	for _, c := range []struct {
		name, message string
		good          bool
	}{
		{"true", signAck(word(2)), true}, {"forged", signAckBy(stranger, word(2)), false}, {"unsigned", word(2), false},
	} {
		b.Run(c.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := link.ReadAck([]byte(c.message), "demo-1", false, k); (err == nil) != c.good {
					b.Fatal(err)
				}
			}
		})
	}
}
