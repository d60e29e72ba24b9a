package sim

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"sync"
	"time"

	"lockerd/internal/durable"
	"lockerd/internal/locker"
	"lockerd/internal/terminal"
)

// CardDoes is what comes of a payment at a simulated terminal.
type CardDoes string

// What may come of a payment.
const (
	CardByHand   CardDoes = "by-hand"   // what the hand does: Hold
	CardPays     CardDoes = "pays"      // all of it
	CardHalf     CardDoes = "half"      // half of it
	CardMore     CardDoes = "more"      // twice as much
	CardDeclined CardDoes = "declined"  // the bank says no
	CardHangs    CardDoes = "hangs"     // it waits for a card without end
	CardDeaf     CardDoes = "deaf"      // it says nothing about it, nor to anything else
	CardDies     CardDoes = "dies"      // its program ends before money is taken,
	CardDiesPaid CardDoes = "dies-paid" // or after it, with nothing said
	CardTwice    CardDoes = "twice"     // it pays, and says so twice
	CardUnknown  CardDoes = "unknown"   // it pays, and cannot tell for a while
)

// AllCardDoes are all of them.
func AllCardDoes() []CardDoes {
	return []CardDoes{CardByHand, CardPays, CardHalf, CardMore, CardDeclined, CardHangs, CardDeaf, CardDies, CardDiesPaid, CardTwice, CardUnknown}
}

// cardWait is how long a simulated terminal waits for a card.
const cardWait = time.Minute

// Terminal is a simulated payment terminal and its adapter. What was taken it remembers in a file, as a provider would. Serve may be called again
// and again, as often as its adapter is started.
type Terminal struct {
	file string
	pace time.Duration // between two of its steps
	die  func()        // ends its program

	mu      sync.Mutex
	does    CardDoes
	out     bool   // its plug is pulled
	shows   string // on its own display
	ended   map[string]payment
	current string        // the payment that it is at
	stop    chan struct{} // closed: it is to leave it
	held    chan CardDoes // a card is held to it
	say     func(terminal.Said)
}

// payment is what came of one.
type payment struct {
	terminal.Result
	Asked   int64 `json:"asked"`
	Unknown int   `json:"unknown,omitempty"` // how often it cannot tell
}

// TerminalState is how a simulated terminal stands.
type TerminalState struct {
	Unplugged bool   `json:"unplugged"`
	Shows     string `json:"shows"` // on its display: what it asks for, or how it went
	Waits     bool   `json:"waits"` // for a card
}

// NewTerminal makes a terminal. die is called where its program is to end.
func NewTerminal(file string, does CardDoes, pace time.Duration, die func()) (*Terminal, error) {
	t := &Terminal{file: file, does: does, pace: pace, die: die, ended: map[string]payment{}, held: make(chan CardDoes), say: func(terminal.Said) {}}
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return t, nil
	}
	if err == nil {
		err = json.Unmarshal(text, &t.ended)
	}
	if err != nil {
		return nil, fmt.Errorf("sim: terminal: read what was paid: %w", err)
	}
	return t, nil
}

// Do sets what comes of the next payments.
func (t *Terminal) Do(does CardDoes) { t.mu.Lock(); t.does = does; t.mu.Unlock() }

// Taken is all the money that it has taken, by payment.
func (t *Terminal) Taken() map[string]int64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	sums := map[string]int64{}
	for id, p := range t.ended {
		if p.Outcome == locker.ChargePaid {
			sums[id] = p.Paid
		}
	}
	return sums
}

// State is how it stands.
func (t *Terminal) State() TerminalState {
	t.mu.Lock()
	defer t.mu.Unlock()
	return TerminalState{Unplugged: t.out, Shows: t.shows, Waits: t.current != "" && t.does == CardByHand && !t.out}
}

// Unplug pulls its plug, or puts it back. What it was at is left.
func (t *Terminal) Unplug(out bool) {
	t.mu.Lock()
	t.out = out
	if out {
		t.shows = ""
		t.leave()
	}
	say := t.say
	t.mu.Unlock()
	say(t.ready())
}

// Hold holds a card to it that does something.
func (t *Terminal) Hold(ctx context.Context, does CardDoes) error {
	if !t.State().Waits {
		return errors.New("sim: the terminal asks for no card")
	}
	select {
	case t.held <- does:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (t *Terminal) ready() terminal.Said {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.out {
		return terminal.Said{Unready: &terminal.Unready{Why: "offline"}}
	}
	return terminal.Said{Ready: &terminal.Ready{Protocol: terminal.Version}}
}

// leave has it leave what it is at.
func (t *Terminal) leave() {
	if t.stop != nil {
		close(t.stop)
		t.stop = nil
	}
}

// Serve speaks with lockerd until in ends.
func (t *Terminal) Serve(in io.Reader, out io.Writer) error {
	var mu sync.Mutex
	say := func(s terminal.Said) {
		line, err := json.Marshal(s)
		if err != nil {
			panic("sim: terminal: " + err.Error())
		}
		mu.Lock()
		defer mu.Unlock()
		_, _ = out.Write(append(line, '\n')) // who does not listen asks again
	}
	t.mu.Lock()
	t.say = say
	t.mu.Unlock()
	say(t.ready())
	lines := bufio.NewScanner(in)
	lines.Buffer(nil, terminal.MaxLine)
	var all sync.WaitGroup
	defer all.Wait()
	defer func() {
		t.mu.Lock()
		t.leave()
		t.mu.Unlock()
	}()
	for lines.Scan() {
		var asked terminal.Asked
		if err := json.Unmarshal(lines.Bytes(), &asked); err != nil {
			return fmt.Errorf("sim: terminal: read: %w", err)
		}
		if asked.Pay != nil {
			stop, ok := t.begin(asked.Pay.ID)
			if ok {
				all.Go(func() { t.pay(*asked.Pay, stop, say) })
			}
			continue
		}
		t.answer(asked, say)
	}
	return lines.Err()
}

// begin takes a payment, once.
func (t *Terminal) begin(id string) (stop chan struct{}, ok bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.ended[id]; known || t.current != "" {
		return nil, false
	}
	t.current, t.stop = id, make(chan struct{})
	return t.stop, true
}

// answer answers what is no payment.
func (t *Terminal) answer(asked terminal.Asked, say func(terminal.Said)) {
	t.mu.Lock()
	deaf := t.does == CardDeaf && t.current != ""
	t.mu.Unlock()
	switch {
	case deaf:
	case asked.Ping != nil:
		say(t.ready())
	case asked.Cancel != nil:
		t.mu.Lock()
		at := t.current == asked.Cancel.ID
		if at {
			t.leave()
		}
		t.mu.Unlock()
		if !at {
			say(t.status(asked.Cancel.ID))
		}
	case asked.Status != nil:
		say(t.status(asked.Status.ID))
	case asked.Noted != nil:
		t.mu.Lock()
		p := t.ended[asked.Noted.ID]
		p.Unknown = 0
		t.ended[asked.Noted.ID] = p // a provider forgets nothing
		t.mu.Unlock()
	}
}

// status is what has become of a payment.
func (t *Terminal) status(id string) terminal.Said {
	t.mu.Lock()
	defer t.mu.Unlock()
	p, known := t.ended[id]
	switch {
	case t.current == id:
		return terminal.Said{State: &terminal.State{ID: id, Text: locker.ChargeWorks}}
	case !known: // it was never begun, or nothing was taken before its program ended
		return terminal.Said{Result: &terminal.Result{ID: id, Outcome: locker.ChargeCancelled}}
	case p.Unknown > 0:
		p.Unknown--
		t.ended[id] = p
		return terminal.Said{Result: &terminal.Result{ID: id, Outcome: locker.ChargeUnknown}}
	}
	return terminal.Said{Result: &p.Result}
}

// pay is a payment from its beginning to its end.
func (t *Terminal) pay(p terminal.Pay, stop chan struct{}, say func(terminal.Said)) {
	t.mu.Lock()
	does := t.does
	t.shows = fmt.Sprintf("%d.%02d %s", p.Amount/100, p.Amount%100, p.Currency)
	t.mu.Unlock()
	step := func(s locker.ChargeStep) {
		if does != CardDeaf {
			say(terminal.Said{State: &terminal.State{ID: p.ID, Text: s}})
		}
	}
	step(locker.ChargePresent)
	does, left := t.card(does, stop)
	if left {
		t.end(p, does, payment{Result: terminal.Result{ID: p.ID, Outcome: locker.ChargeCancelled}}, "cancelled", say)
		return
	}
	step(locker.ChargeWorks)
	time.Sleep(t.pace)
	if does == CardDies {
		t.mu.Lock()
		t.current, t.stop, t.shows = "", nil, ""
		t.mu.Unlock()
		t.die()
		return
	}
	is := payment{Result: terminal.Result{ID: p.ID, Outcome: locker.ChargePaid, Paid: p.Amount, Reference: "T" + p.ID[2:]}, Asked: p.Amount}
	switch does {
	case CardDeclined:
		is.Result = terminal.Result{ID: p.ID, Outcome: locker.ChargeDeclined}
	case CardHalf:
		is.Paid = (p.Amount + 1) / 2
	case CardMore:
		is.Paid = 2 * p.Amount
	case CardUnknown:
		is.Unknown = 2
	default: // all of it
	}
	t.end(p, does, is, string(is.Outcome), say)
	switch does {
	case CardTwice:
		say(terminal.Said{Result: &is.Result})
	default: // once is enough
	}
}

// card waits for a card. left: there is none, and it was asked to leave it or ran out of time.
func (t *Terminal) card(does CardDoes, stop chan struct{}) (is CardDoes, left bool) {
	late := time.After(cardWait)
	switch does {
	case CardByHand:
		select {
		case does = <-t.held:
			return does, false
		case <-stop:
		case <-late:
		}
		return does, true
	case CardHangs, CardDeaf:
		<-stop
		return does, true
	default: // the others begin alike
	}
	select {
	case <-time.After(t.pace):
		return does, false
	case <-stop:
		return does, true
	}
}

// end remembers what came of a payment, and says so.
func (t *Terminal) end(p terminal.Pay, does CardDoes, is payment, shows string, say func(terminal.Said)) {
	t.mu.Lock()
	t.ended[p.ID] = is
	text, err := json.Marshal(t.ended)
	if err == nil {
		err = durable.Write(t.file, 0o600, text)
	}
	if err != nil {
		panic("sim: terminal: keep what was paid: " + err.Error())
	}
	t.current, t.stop, t.shows = "", nil, shows
	t.mu.Unlock()
	if does == CardDiesPaid && is.Outcome == locker.ChargePaid {
		t.die()
		return
	}
	if is.Unknown > 0 {
		say(terminal.Said{Result: &terminal.Result{ID: p.ID, Outcome: locker.ChargeUnknown}})
		return
	}
	say(terminal.Said{Result: &is.Result})
}

// CardDoesNamed is what a word says that comes of a payment.
func CardDoesNamed(word string) (CardDoes, error) {
	if !slices.Contains(AllCardDoes(), CardDoes(word)) {
		return "", fmt.Errorf("sim: terminal: %q: there are %q", word, AllCardDoes())
	}
	return CardDoes(word), nil
}
