package contract_test

import (
	"crypto/sha256"
	"strings"
	"testing"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
)

func TestLedger(t *testing.T) {
	a1 := contracttest.Line("a", 1, "", "journal.epoch_begun")
	a2 := contracttest.Line("a", 2, a1, "run.started")
	a3 := contracttest.Line("a", 3, a2, "door.closed")
	a2x := contracttest.Line("a", 2, "something else", "run.started")
	b2x := contracttest.Line("b", 2, "never seen", "journal.epoch_begun")
	b9 := contracttest.Line("b", 9, a2, "journal.epoch_begun")
	b3 := contracttest.Line("b", 3, a2, "journal.epoch_begun") // restored from a backup that ended with a2
	b4 := contracttest.Line("b", 4, b3, "run.started")
	type step struct {
		line string
		want string // part of the error or of the problem; empty: taken without one
	}
	for _, test := range []struct {
		name  string
		steps []step
		epoch string
		seq   uint64
	}{
		{"in order", []step{{a1, ""}, {a2, ""}, {a3, ""}}, "a", 3},
		{"the same again", []step{{a1, ""}, {a2, ""}, {a2, "had before"}, {a1, "had before"}, {a3, ""}}, "a", 3},
		{"a gap", []step{{a1, ""}, {a3, "missing"}, {a2, ""}, {a3, ""}}, "a", 3},
		{"two cabinets with one name", []step{{a1, ""}, {a2, ""}, {a2x, "with other bytes"}, {a2, "had before"}, {a3, ""}}, "a", 3},
		{"a changed past", []step{{a1, ""}, {a2x, "chain is broken"}}, "a", 2},
		{"a restored backup", []step{{a1, ""}, {a2, ""}, {a3, ""}, {b3, ""}, {b4, ""}, {a3, "had before"}}, "b", 4},
		{"a backup from elsewhere", []step{{a1, ""}, {b2x, "never came here"}}, "b", 2},
		{"a restored backup with another number", []step{{a1, ""}, {a2, ""}, {b9, "another seq"}}, "b", 9},
		{"a new journal", []step{{a1, ""}, {a2, ""}, {contracttest.Line("c", 1, "", "journal.epoch_begun"), ""}}, "c", 1},
		{"the desk's books were lost", []step{{a3, "never came here"}}, "", 0},
		{"and what was lost comes again", []step{{a3, "never came here"}, {a1, ""}, {a2, ""}, {a3, ""}}, "a", 3},
		{"another epoch from its middle", []step{{a1, ""}, {a2, ""}, {b4, "never came here"}, {a3, ""}, {b4, "never came here"},
			{b3, ""}, {b4, ""}}, "b", 4},
		{"of another cabinet", []step{{strings.Replace(a1, "demo-1", "demo-2", 1), "another cabinet"}}, "", 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			ledger := contract.NewLedger("demo-1")
			for i, s := range test.steps {
				r, err := contract.ParseEvent([]byte(s.line))
				if err != nil {
					t.Fatal(err)
				}
				got, err := ledger.Take(r)
				if err != nil {
					got = err.Error()
				}
				if (s.want == "") != (got == "") || !strings.Contains(got, s.want) {
					t.Errorf("step %d: want %q, got %q", i, s.want, got)
				}
			}
			if epoch, seq, _ := ledger.Head(); epoch != test.epoch || seq != test.seq {
				t.Errorf("head: want %s/%d, got %s/%d", test.epoch, test.seq, epoch, seq)
			}
		})
	}
}

func TestParseEvent(t *testing.T) {
	public := contracttest.Line("a", 1, "", "parcel.stored")
	r, err := contract.ParseEvent([]byte(public + "\n" + `{"phone":"AQI=","code":"AwQ="}`))
	if err != nil {
		t.Fatal(err)
	}
	if r.Hash != sha256.Sum256([]byte(public)) {
		t.Error("the hash is not that of the public line alone")
	}
	if string(r.Phone) != "\x01\x02" || string(r.Code) != "\x03\x04" {
		t.Errorf("boxes: got %x and %x", r.Phone, r.Code)
	}
	for _, bad := range []string{"", "{", strings.Replace(public, `"v":1`, `"v":2`, 1), public + "\nboxes"} {
		if _, err := contract.ParseEvent([]byte(bad)); err == nil {
			t.Errorf("%.40q was read", bad)
		}
	}
}
