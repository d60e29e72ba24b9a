package contract_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"lockerd/internal/contract"
	"lockerd/internal/contract/contracttest"
)

// restored holds that a message restores records byte for byte.
func restored(t *testing.T, records [][]byte, payload []byte) {
	t.Helper()
	got, err := contract.Unpack(payload)
	if err != nil {
		t.Fatal(err)
	}
	if !slices.EqualFunc(records, got, bytes.Equal) {
		t.Fatalf("records:\nwant %q\n got %q", records, got)
	}
}

func TestRecordsAreRestored(t *testing.T) {
	records, _ := corpus(t)
	plain := bytes.Join(records, []byte("\n"))
	for n := 1; n <= len(records); n++ {
		for i := 0; i < len(records); i += n {
			batch := records[i:min(i+n, len(records))]
			restored(t, batch, contract.Pack(batch))
		}
	}
	if packed := contract.Pack(records); len(packed) > len(plain)/10 {
		t.Errorf("want less than a tenth of %d bytes, got %d", len(plain), len(packed))
	}
}

// A record that is not written as today's cabinets write it is restored all the same.
func TestAnythingIsRestored(t *testing.T) {
	a1 := contracttest.Line("a", 1, "", "journal.epoch_begun")
	whole := `{"v":1,"cabinet":"demo-1","epoch":"e","seq":16,"at":"2026-11-24T11:22:33.020Z","known":true,"up":12242,"prev":"` +
		strings.Repeat("0f", 32) + `","kind":"door.closed","event":{"door":7}}`
	change := func(old, is string) string {
		if !strings.Contains(whole, old) {
			t.Fatalf("there is no %s", old)
		}
		return strings.Replace(whole, old, is, 1)
	}
	for name, record := range map[string]string{
		"whole": whole, "another version": change(`"v":1`, `"v":2`), "spaces": change(`"seq":16`, `"seq": 16`),
		"a time without a point": change("33.020Z", "33Z"), "a negative up": change("12242", "-12242"), "seq 0": change("16", "0"),
		"the last seq": change("16", "18446744073709551615"), "beyond it": change("16", "18446744073709551616"),
		"a name in quotes": change("demo-1", `de\"m\\o`), "not UTF-8": change("demo-1", "\xff"), "large hex": change("0f", "0F"),
		"a kind like no other": change("door.closed", "Türe auf"), "no kind": change("door.closed", ""),
		"tokens that are none": change(`{"door":7}`, `{"T-1":T1,"R32":"R32@0"}`), "not JSON": change(`{"door":7}`, `{"door`),
		"times":  change(`{"door":7}`, `{"a":"2026-11-24T11:22:33.02Z","b":"2026-11-24T11:22:33.0201Z","c":"2026-11-24T11:22:33.020Z","d":"0000-01-01T00:00:00Z"}`),
		"chance": change(`{"door":7}`, fmt.Sprintf(`{"a":%q,"b":%[1]q,"c":%q}`, strings.Repeat("0a1b", 20), strings.Repeat("a1b", 20))),
		"boxes":  whole + "\n" + `{"phone":"` + strings.Repeat("+/9a", 12) + `","code":"AQI="}`, "boxes that are none": whole + "\nboxes",
		"three lines": whole + "\n{}\n{}", "an empty second line": whole + "\n", "nothing": "", "a line end": "\n", "a first line": a1,
	} {
		t.Run(name, func(t *testing.T) {
			r := []byte(record)
			restored(t, [][]byte{r}, contract.Pack([][]byte{r}))
			restored(t, [][]byte{[]byte(whole), r, []byte(a1), r, r}, contract.Pack([][]byte{[]byte(whole), r, []byte(a1), r, r}))
		})
	}
}

// What one message says of a box or a hash twice is sent once.
func TestChanceIsSentOnce(t *testing.T) {
	records, _ := corpus(t)
	i := slices.IndexFunc(records, func(r []byte) bool { return bytes.Contains(r, []byte(`"kind":"drop.started"`)) })
	j := slices.IndexFunc(records, func(r []byte) bool { return bytes.Contains(r, []byte(`"kind":"parcel.stored"`)) })
	together := contract.RecordsText(records[i : j+1])
	if n := bytes.Count(together, []byte("@")); n != 2 {
		t.Errorf("want the phone and the code of parcel.stored to be those of drop.started, got %d such in\n%s", n, together)
	}
}

func TestAPlainMessageIsItsOnlyRecord(t *testing.T) {
	records, _ := corpus(t)
	restored(t, records[:1], records[0])
}

func TestStatesAreRestored(t *testing.T) {
	_, states := corpus(t)
	for _, s := range states {
		for name, state := range map[string]string{
			"as it is":     string(s),
			"a gap":        strings.Replace(string(s), `{"door":9,`, `{"door":99,`, 1),
			"no doors":     `{"cabinet":"demo-1","doors":[],"faults":[]}`,
			"nothing":      `{}`,
			"other doors":  strings.Replace(string(s), `{"door":9,`, `{"number":9,`, 1),
			"a door alone": `{"doors":[{"door":9}]}`,
			"a long cause": `{"doors":[{"door":9,"why":"2026-11-24T11:22:33.02Z"}],"why":"\"doors\":{"}`,
		} {
			payload := contract.PackState([]byte(state))
			got, err := contract.UnpackState(payload)
			if err != nil || string(got) != state {
				t.Errorf("%s:\nwant %s\n got %s, %v", name, state, got, err)
			}
			if name == "as it is" && len(payload) > 100 {
				t.Errorf("a state of 22 doors has %d bytes", len(payload))
			}
		}
	}
}

// A row of doors that are alike is no hash, though its letters could be one.
func TestAStateOfManyDoors(t *testing.T) {
	var doors []string
	for i := range 400 {
		doors = append(doors, fmt.Sprintf(`{"door":%d,"size":"S","state":"closed","contents":%q}`, i+1, []string{"empty", "parcel"}[i/200]))
	}
	state := []byte(`{"cabinet":"demo-1","doors":[` + strings.Join(doors, ",") + `]}`)
	payload := contract.PackState(state)
	got, err := contract.UnpackState(payload)
	if err != nil || !bytes.Equal(got, state) || len(payload) > 60 {
		t.Errorf("%d bytes: %v\nwant %s\n got %s", len(payload), err, state, got)
	}
}

// looks make a state whose doors are like nothing else.
func TestAStateOfManyLooks(t *testing.T) {
	var doors []map[string]any
	for i := range 100 {
		doors = append(doors, map[string]any{"door": i, "size": fmt.Sprint("S", i)})
	}
	state, _ := json.Marshal(map[string]any{"doors": doors})
	got, err := contract.UnpackState(contract.PackState(state))
	if err != nil || !bytes.Equal(got, state) {
		t.Errorf("want %s\n got %s, %v", state, got, err)
	}
}

func TestBadMessagesAreRefused(t *testing.T) {
	first := `{"cabinet":"c","epoch":"e","seq":1,"at":0,"known":true,"up":0,"prev":"` + strings.Repeat("00", 32) + `"}` + "\n"
	for name, c := range map[string]struct{ text, chance, want string }{
		"no first line":        {"0 door.closed {}\n", "", "first line"},
		"after a whole record": {first + "!2\n0 door.closed {}\n", "{}", "first line"},
		"a second line first":  {first + "+{}\n", "", ""},
		"two second lines":     {first + "0 a {}\n+{}\n+{}\n", "", ""},
		"an empty line":        {first + "\n0 a {}\n", "", "empty"},
		"no number":            {first + "x a {}\n", "", "token"},
		"no event":             {first + "0 door.closed\n", "", "event"},
		"a kind in capitals":   {first + "0 A {}\n", "", "kind"},
		"a short sealed":       {first + "0,R2 a {}\n", "ab", "R32"},
		"no more chance":       {first + "0 a {\"x\":R32}\n", "ab", "chance"},
		"chance from nowhere":  {first + "0 a {\"x\":R1@9}\n", "ab", "chance"},
		"a negative length":    {first + "0 a {\"x\":R-1}\n", "ab", "chance"},
		"a huge length":        {first + "!9223372036854775807\n", "ab", "chance"},
		"a time out of time":   {first + "0 a {\"x\":T9223372036854775807}\n", "", "token"},
		"a prev that is none":  {`{"cabinet":"c","epoch":"e","prev":"00"}` + "\n", "", "prev"},
		"no epoch":             {`{"cabinet":"c","prev":"` + strings.Repeat("00", 32) + `"}` + "\n", "", "epoch"},
		"too many":             {first + strings.Repeat("0 a {}\n", contract.MaxRecords+1), "", "more than 1000"},
		"a bomb of chance":     {first + "0 a {" + strings.Repeat("R60000@0", 1000) + "}\n", strings.Repeat("x", 60000), "larger"},
		"a bomb of whole ones": {strings.Repeat("!0\n", contract.MaxRecords+1), "", "more than 1000"},
		"a bomb of times":      {first + "0 a {" + strings.Repeat("T0", contract.MaxOut/22) + "}\n", "", "larger"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := contract.Unpack(contract.Envelope([]byte(c.text), []byte(c.chance)))
			if err == nil || !strings.Contains(err.Error(), c.want) {
				t.Errorf("want it refused because of %q, got %v and %d records", c.want, err, len(got))
			}
		})
	}
	good := contract.Envelope([]byte(first+"0 a {}\n"), []byte("abc"))
	for n := range good {
		if got, err := contract.Unpack(good[:n]); err == nil {
			t.Errorf("the first %d bytes of a message were read: %q", n, got)
		}
	}
	if _, err := contract.Unpack(contract.Envelope(make([]byte, 2<<20), nil)); err == nil {
		t.Error("2 MB of text were read")
	}
	for _, text := range []string{`{"doors":{"numbers":[1,1000000000],"looks":[{"a":1}],"are":"a"}}`, `{"doors":{"numbers":[1,1],"looks":[],"are":"a"}}`,
		`{"doors":{"numbers":[1,1],"looks":[7],"are":"a"}}`, `{"doors":{`} {
		if got, err := contract.UnpackState(contract.Envelope([]byte(text), nil)); err == nil {
			t.Errorf("%s became %s", text, got)
		}
	}
}

func FuzzPack(f *testing.F) {
	records, _ := corpus(f)
	for i := range records[:len(records)-2] {
		f.Add(records[i], records[i+1], records[i+2])
	}
	f.Fuzz(func(t *testing.T, a, b, c []byte) {
		restored(t, [][]byte{a, b, c}, contract.Pack([][]byte{a, b, c}))
	})
}

func FuzzUnpack(f *testing.F) {
	records, states := corpus(f)
	for n := 1; n < 8; n++ {
		f.Add(contract.RecordsText(records[n:2*n]), []byte(strings.Repeat("0123456789abcdef", 30)))
	}
	f.Add(contract.StateText(states[0]), []byte{})
	f.Fuzz(func(t *testing.T, text, chance []byte) {
		payload := contract.Envelope(text, chance)
		got, err := contract.Unpack(payload)
		size := 0
		for _, r := range got {
			size += len(r)
		}
		if err == nil && (size > contract.MaxOut+len(chance) || len(got) > contract.MaxRecords) {
			t.Errorf("%d records of %d bytes", len(got), size)
		}
		if err == nil && len(got) > 0 {
			restored(t, got, contract.Pack(got))
		}
		_, _ = contract.Unpack(text)
		_, _ = contract.UnpackState(payload)
		_, _ = contract.UnpackState(chance)
	})
}

// BenchmarkPack is what packing a record costs, in messages of 32.
func BenchmarkPack(b *testing.B) {
	records, _ := corpus(b)
	batch := records[len(records)-32:]
	for n := 0; n < b.N; n += len(batch) {
		contract.Pack(batch)
	}
}

// BenchmarkUnpack is what it costs to read one.
func BenchmarkUnpack(b *testing.B) {
	records, _ := corpus(b)
	batch := records[len(records)-32:]
	payload := contract.Pack(batch)
	for n := 0; n < b.N; n += len(batch) {
		if _, err := contract.Unpack(payload); err != nil {
			b.Fatal(err)
		}
	}
}
