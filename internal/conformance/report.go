package conformance

import (
	"fmt"
	"io"
	"strings"
	"time"
)

// A Verdict is what is said of a rule.
type Verdict string

// Verdicts.
const (
	Passed   Verdict = "passed"
	Failed   Verdict = "failed"
	NotTried Verdict = "not tried"
)

// A Rule is something that the contract asks of a cabinet.
type Rule struct {
	ID   string `json:"id"`   // "acks/again"
	Says string `json:"says"` // the rule in a sentence
	Page string `json:"page"` // where it stands, in docs
}

// A Result is what is said of a rule, and why.
type Result struct {
	Rule
	Verdict Verdict  `json:"verdict"`
	Why     []string `json:"why,omitempty"`  // it failed, or was not tried
	Sent    []string `json:"sent,omitempty"` // to the cabinet
	Came    []string `json:"came,omitempty"` // from it
}

// A Report is what is said of a cabinet.
type Report struct {
	Cabinet  string    `json:"cabinet"`
	Broker   string    `json:"broker"`
	Version  string    `json:"version"`  // the cabinet's, as its presence says
	Contract string    `json:"contract"` // the same
	Began    time.Time `json:"began"`
	Took     float64   `json:"took_s"`
	Records  int       `json:"records"` // that were taken
	Packed   int       `json:"packed"`  // messages in the packed form
	Plain    int       `json:"plain"`   // and in the plain one
	Results  []Result  `json:"results"`
}

// Count says how many rules have a verdict.
func (r Report) Count(v Verdict) (n int) {
	for _, x := range r.Results {
		if x.Verdict == v {
			n++
		}
	}
	return n
}

// Of is the result of a rule; false if it was not asked for.
func (r Report) Of(id string) (Result, bool) {
	for _, x := range r.Results {
		if x.ID == id {
			return x, true
		}
	}
	return Result{}, false
}

// Write writes the report for people.
func (r Report) Write(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "Cabinet %s at %s, held against the contract (docs/cloud.md)\n", r.Cabinet, r.Broker)
	fmt.Fprintf(&b, "%s, %.0f s; version %s, contract %s; %d records in %d plain and %d packed messages\n",
		r.Began.UTC().Format("2006-01-02 15:04 UTC"), r.Took, orNone(r.Version), orNone(r.Contract), r.Records, r.Plain, r.Packed)
	for _, x := range r.Results {
		fmt.Fprintf(&b, "\n%-9s  %s\n           %s (docs/%s)\n", strings.ToUpper(string(x.Verdict)), x.ID, x.Says, x.Page)
		lines(&b, "because", x.Why)
		lines(&b, "sent", x.Sent)
		lines(&b, "came", x.Came)
	}
	fmt.Fprintf(&b, "\n%d rules: %d passed, %d failed, %d not tried\n", len(r.Results), r.Count(Passed), r.Count(Failed), r.Count(NotTried))
	_, err := io.WriteString(w, b.String())
	return err
}

func lines(b *strings.Builder, what string, all []string) {
	for _, line := range all {
		fmt.Fprintf(b, "  %9s: %s\n", what, line)
		what = ""
	}
}

func orNone(text string) string {
	if text == "" {
		return "(none)"
	}
	return text
}

// told is how many lines of one sort a result has at most.
const told = 8

// book keeps what is found while it is found. It has no lock: whoever calls holds the receiver's.
type book struct {
	only []string
	all  map[string]*Result
}

func newBook(only []string) *book {
	b := &book{only: only, all: make(map[string]*Result)}
	for _, r := range rules {
		if b.wants(r.ID) {
			b.all[r.ID] = &Result{Rule: r}
		}
	}
	return b
}

// wants says that a rule, or one whose id begins so, was asked for.
func (b *book) wants(id string) bool {
	if len(b.only) == 0 {
		return true
	}
	for _, o := range b.only {
		if strings.HasPrefix(id, o) || strings.HasPrefix(o, id) {
			return true
		}
	}
	return false
}

func (b *book) of(id string) *Result {
	if r := b.all[id]; r != nil {
		return r
	}
	for _, r := range rules {
		if r.ID == id {
			return &Result{} // not asked for
		}
	}
	panic("conformance: no rule " + id)
}

func add(to *[]string, format string, args ...any) {
	line := fmt.Sprintf(format, args...)
	switch n := len(*to); {
	case n < told:
		*to = append(*to, line)
	case n == told:
		*to = append(*to, "and more")
	}
}

func (b *book) sent(id, format string, args ...any) { add(&b.of(id).Sent, format, args...) }
func (b *book) came(id, format string, args ...any) { add(&b.of(id).Came, format, args...) }

// fail finds a rule broken.
func (b *book) fail(id, format string, args ...any) {
	r := b.of(id)
	if r.Verdict != Failed {
		r.Verdict, r.Why = Failed, nil
	}
	add(&r.Why, format, args...)
}

// pass finds it kept, once more.
func (b *book) pass(id string) {
	if r := b.of(id); r.Verdict != Failed {
		r.Verdict, r.Why = Passed, nil
	}
}

// skip says why a rule was not tried, where nothing else is said of it.
func (b *book) skip(id, why string) {
	if r := b.of(id); r.Verdict == "" {
		r.Verdict, r.Why = NotTried, []string{why}
	}
}

// results are those of all rules that were asked for, in the order of the rules.
func (b *book) results() (all []Result) {
	for _, r := range rules {
		if x := b.all[r.ID]; x != nil {
			b.skip(r.ID, "nothing came by which it could be judged")
			all = append(all, *x)
		}
	}
	return all
}
