package broker

import (
	"context"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
)

// connection is what is known during one.
type connection struct {
	*Broker
	client mqtt.Client
	inbox  chan mqtt.Message
	lost   chan error

	held      []held                // that the books did not take yet, the oldest first: the broker has no answer to them
	owed      map[string]books.Head // what cabinets are to be told to be in the books
	mended    map[string]time.Time  // when a cabinet's missing records were asked for last
	strangers map[string]time.Time  // when cabinets that are not this lockerdesk's were looked up last
}

// held is a message that the broker has no answer to.
type held struct {
	mqtt.Message
	done bool // the books have it: it waits for its turn to be answered
}

// subscribe subscribes to topics of all cabinets: also of those that others answer for, since this lockerdesk may come to do so at any time.
// What is retained comes once more.
func (c *connection) subscribe(ctx context.Context, names ...string) error {
	wanted := make(map[string]byte)
	for _, name := range names {
		wanted[c.cfg.Topics+"/+/"+name] = 1
	}
	if err := c.await(ctx, c.client.SubscribeMultiple(wanted, nil)); err != nil {
		return fmt.Errorf("broker: subscribe: %w", err)
	}
	return nil
}

// serve works until the connection ends.
func (c *connection) serve(ctx context.Context) error {
	c.Wake() // orders may have waited for the connection
	var again, ack deadline
	for {
		// Both are counted from when they became necessary: whatever else comes meanwhile, and however much, puts neither off.
		again.need(len(c.held) > 0, storeAgain)
		ack.need(len(c.owed) > 0, ackPause)
		inbox := c.inbox
		if len(c.held) > 0 {
			inbox = nil // they wait at the broker
		}
		select {
		case <-ctx.Done():
			return nil
		case err := <-c.lost:
			return err
		case m := <-inbox:
			c.held = append(c.held, held{Message: m})
			c.gather()
			c.take(ctx)
		case <-again.C:
			again = deadline{}
			c.take(ctx)
		case <-ack.C:
			ack = deadline{}
			if err := c.acknowledge(ctx); err != nil {
				return err
			}
		case <-c.wake:
			if err := c.catchUp(ctx); err != nil {
				return err
			}
			if err := c.publish(ctx); err != nil {
				return err
			}
		}
	}
}

// deadline is when something is to be done at the latest.
type deadline struct {
	C <-chan time.Time // nil: nothing is to be done
}

// need says whether it is to be done, and when it was not before, how soon.
func (d *deadline) need(is bool, in time.Duration) {
	switch {
	case !is:
		d.C = nil
	case d.C == nil:
		d.C = time.After(in)
	}
}

// await waits for the broker's answer, and takes what comes meanwhile.
func (c *connection) await(ctx context.Context, token mqtt.Token) error {
	timeout := time.After(answerWait)
	for {
		select {
		case <-token.Done():
			return token.Error()
		case m := <-c.inbox:
			c.held = append(c.held, held{Message: m})
		case err := <-c.lost:
			c.lost <- err // for serve
			return err
		case <-timeout:
			return errors.New("no answer")
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}

// gather takes what waits already, so that records share a transaction.
func (c *connection) gather() {
	for len(c.held) < batch {
		select {
		case m := <-c.inbox:
			c.held = append(c.held, held{Message: m})
		case <-time.After(time.Millisecond): // paho hands over one after the other
			return
		}
	}
}

// take puts into the books what is held, and answers the broker in the order in which it came. What the books do not take stays held, with
// all that came after it.
func (c *connection) take(ctx context.Context) {
	c.together(ctx)
	for len(c.held) > 0 {
		if !c.held[0].done && !c.takeFirst(ctx) {
			return
		}
		c.held[0].Ack()
		c.held = c.held[1:]
	}
}

// together puts into the books what is held of records and states, those of all cabinets by one commit. If that fails nothing is done: each
// cabinet by itself says whose fault it is.
func (c *connection) together(ctx context.Context) {
	var batches []books.Batch
	at := make(map[string]int) // where each cabinet's is
	of := make(map[int][]int)  // which messages are in it
	messages := 0
	for i, m := range c.held[:min(batch, len(c.held))] {
		cabinet, name := c.topic(m)
		if m.done || name != "events" && name != "state" || !c.seat.Owns(cabinet) {
			continue
		}
		n, known := at[cabinet]
		if !known {
			n = len(batches)
			at[cabinet], batches = n, append(batches, books.Batch{Cabinet: cabinet})
		}
		if b := &batches[n]; name == "events" {
			b.Records = append(b.Records, c.read(cabinet, m.Payload())...)
		} else if plain, seq, read := readState(m.Payload()); read { // of several the newest counts
			b.State, b.Ahead = plain, seq
		}
		of[n] = append(of[n], i)
		messages++
	}
	if messages < 2 {
		return
	}
	taken, err := c.books.TakeAll(ctx, batches)
	if err != nil {
		return
	}
	for n, b := range batches {
		if err := c.taken(ctx, b, taken[n]); err != nil && !c.strange(ctx, b.Cabinet, err) {
			continue
		}
		for _, i := range of[n] {
			c.held[i].done = true
		}
	}
}

// readState reads a retained state. One that cannot be read will not be better next time.
func readState(payload []byte) (plain []byte, seq uint64, read bool) {
	var s struct {
		Seq uint64 `json:"seq"`
	}
	plain, err := contract.UnpackState(payload)
	if err != nil || json.Unmarshal(plain, &s) != nil {
		return nil, 0, false
	}
	return plain, s.Seq, true
}

// takeFirst puts into the books the first of what is held, with all records that are held of the same cabinet.
func (c *connection) takeFirst(ctx context.Context) bool {
	cabinet, name := c.topic(c.held[0])
	err := books.ErrNotOurs
	same := []int{0}
	if c.seat.Owns(cabinet) {
		if name == "events" {
			for i := 1; i < len(c.held) && len(same) < batch; i++ {
				if !c.held[i].done && c.held[i].Topic() == c.held[0].Topic() {
					same = append(same, i)
				}
			}
			err = c.records(ctx, cabinet, same)
		} else {
			err = c.keep(ctx, cabinet, name, c.held[0].Payload())
		}
	}
	if err != nil && !c.strange(ctx, cabinet, err) && !c.unfit(ctx, cabinet, err) {
		if ctx.Err() == nil {
			c.log.Error("the books take nothing, so nothing is acknowledged until they do", "err", err)
		}
		return false
	}
	for _, i := range same {
		c.held[i].done = true
	}
	return true
}

// strange says that an error means that a cabinet is not this lockerdesk's: whoever answers for it hears it, too, or asks for it.
func (c *connection) strange(ctx context.Context, cabinet string, err error) bool {
	if !errors.Is(err, books.ErrNotOurs) && !errors.Is(err, books.ErrNotEnrolled) {
		return false
	}
	c.stranger(ctx, cabinet)
	return true
}

// unfit says that an error is the fault of what a cabinet sent, which holds up no other: the cabinet keeps what is not acknowledged, and sends it
// again when it is asked for what is missing.
func (c *connection) unfit(ctx context.Context, cabinet string, err error) bool {
	if !errors.Is(err, books.ErrUnfit) {
		return false
	}
	c.log.Error("what a cabinet sent cannot be kept, and is not acknowledged", "cabinet", cabinet, "err", err)
	if err := c.books.Unfit(ctx, cabinet); err != nil {
		c.log.Error("the staff cannot be told of it", "cabinet", cabinet, "err", err)
	} else {
		c.told()
	}
	return true
}

// stranger warns of a cabinet that nobody has enrolled.
func (c *connection) stranger(ctx context.Context, cabinet string) {
	now := time.Now()
	if last, asked := c.strangers[cabinet]; asked && now.Sub(last) < askPause {
		return
	}
	if len(c.strangers) > mostStrangers { // whoever invents names
		clear(c.strangers)
	}
	c.strangers[cabinet] = now
	if _, err := c.books.Cabinet(ctx, cabinet); errors.Is(err, books.ErrNotEnrolled) {
		c.log.Warn("a cabinet that is not enrolled", "cabinet", cabinet)
	}
}

// catchUp asks cabinets that this lockerdesk has come to answer for for what their last one did not put into the books: what they sent
// since is not in this one's session.
func (c *connection) catchUp(ctx context.Context) error {
	list := c.seat.Missed(inFlight)
	for _, cabinet := range list {
		after, err := c.books.Newest(ctx, cabinet)
		if err == nil && after > 0 { // of a new cabinet the first record says whether any is missing
			err = c.orders.Resend(ctx, cabinet, after, orderLife)
		}
		if err == nil {
			err = c.seat.Heard(ctx, cabinet)
		}
		if err != nil {
			c.log.Error("a cabinet cannot be asked for what was missed: it will be", "cabinet", cabinet, "err", err)
			return nil // it is still missed at the next beat of the seat
		}
	}
	if len(list) == 0 {
		return nil
	}
	if len(list) == inFlight {
		c.Wake() // there may be more
	}
	return c.subscribe(ctx, "state", "presence")
}

// topic is whose message it is, and of which kind.
func (c *connection) topic(m mqtt.Message) (cabinet, name string) {
	cabinet, name, _ = strings.Cut(strings.TrimPrefix(m.Topic(), c.cfg.Topics+"/"), "/")
	return cabinet, name
}

// keep puts into the books what a cabinet has retained at the broker.
func (c *connection) keep(ctx context.Context, cabinet, name string, payload []byte) error {
	switch name {
	case "presence":
		var p struct {
			Online bool `json:"online"`
		}
		if json.Unmarshal(payload, &p) != nil {
			return nil // it will not be better next time
		}
		if p.Online { // it may not have heard the last ack, and a broker may have lost its orders
			if err := c.books.PublishAgain(ctx, cabinet); err != nil {
				return err
			}
			c.Wake()
		}
		return c.books.Presence(ctx, cabinet, payload)
	case "state":
		plain, seq, read := readState(payload)
		if !read {
			return nil
		}
		return c.books.State(ctx, cabinet, plain, seq)
	}
	return nil
}

// read reads a message of the events topic, in whatever form it comes.
func (c *connection) read(cabinet string, payload []byte) (list []desk.Record) {
	lines, err := contract.Unpack(payload)
	if err != nil {
		c.log.Error("a message cannot be unpacked", "cabinet", cabinet, "err", err)
	}
	for _, line := range lines {
		r, err := contract.ParseEvent(line)
		if err != nil {
			c.log.Error("a record cannot be read", "cabinet", cabinet, "err", err)
			return list // what follows would be a gap
		}
		record, err := desk.Read(r, c.operator)
		if err != nil {
			c.log.Error("a record cannot be read whole", "cabinet", cabinet, "err", err)
		}
		list = append(list, record)
	}
	return list
}

// records takes the records of some of what is held, of one cabinet.
func (c *connection) records(ctx context.Context, cabinet string, which []int) error {
	b := books.Batch{Cabinet: cabinet}
	for _, i := range which {
		b.Records = append(b.Records, c.read(cabinet, c.held[i].Payload())...)
	}
	taken, err := c.books.TakeAll(ctx, []books.Batch{b})
	if err != nil {
		return err
	}
	return c.taken(ctx, b, taken[0])
}

// taken does what is to be done once a cabinet's records are in the books, or turned out to be none of this lockerdesk's business.
func (c *connection) taken(ctx context.Context, b books.Batch, t books.Taken) error {
	if t.Err != nil {
		return t.Err
	}
	for _, p := range t.Problems {
		c.log.Error("somebody should look at a cabinet's records", "problem", p)
	}
	if t.Told {
		c.told()
	}
	if t.Head.Epoch != "" {
		c.owed[b.Cabinet] = t.Head
	}
	for i, verdict := range t.Verdicts {
		switch {
		case errors.Is(verdict, contract.ErrMidway):
			return c.mend(ctx, b.Cabinet, b.Records[i], 0)
		case errors.Is(verdict, contract.ErrTooEarly): // as after books were restored that had acknowledged more
			return c.mend(ctx, b.Cabinet, b.Records[i], t.Head.Seq)
		}
	}
	return nil
}

// mend asks for everything that a cabinet still has after a record: something before this one never came here.
func (c *connection) mend(ctx context.Context, cabinet string, r desk.Record, after uint64) error {
	now := time.Now()
	if last, asked := c.mended[cabinet]; asked && now.Sub(last) < mendPause {
		return nil
	}
	c.mended[cabinet] = now
	c.log.Warn("records are missing: the cabinet is asked for them", "cabinet", cabinet, "epoch", r.Epoch, "seq", r.Seq)
	return c.orders.Resend(ctx, cabinet, after, orderLife)
}

// acknowledge tells cabinets up to where their records are in the books.
func (c *connection) acknowledge(ctx context.Context) error {
	var tokens []mqtt.Token
	for cabinet, head := range c.owed {
		payload, err := json.Marshal(contract.Ack{Cabinet: cabinet, Epoch: head.Epoch, Seq: &head.Seq, Hash: hex.EncodeToString(head.Hash[:])})
		if err != nil {
			return fmt.Errorf("broker: write ack: %w", err)
		}
		signed, err := c.signer.Ack(payload)
		if err != nil {
			return err
		}
		tokens = append(tokens, c.client.Publish(c.cfg.Topics+"/"+cabinet+"/acks", 1, false, signed))
		delete(c.owed, cabinet)
	}
	return c.all(ctx, tokens, "acknowledge")
}

// publish sends the orders that the broker does not have.
func (c *connection) publish(ctx context.Context) error {
	list, err := c.books.Unpublished(ctx, inFlight)
	if err != nil {
		c.log.Error("orders cannot be read", "err", err)
		return nil // whoever sends the next one wakes us
	}
	var tokens []mqtt.Token
	for _, o := range list {
		tokens = append(tokens, c.client.Publish(c.cfg.Topics+"/"+o.Cabinet+"/orders", 1, false, o.Signed))
	}
	if err := c.all(ctx, tokens, "publish orders"); err != nil {
		return err
	}
	for _, o := range list {
		if err := c.books.Published(ctx, o.ID); err != nil {
			c.log.Error("an order's way cannot be noted: it will be sent again", "order", o.ID, "err", err)
		}
	}
	if len(list) == inFlight {
		c.Wake() // there may be more
	}
	return nil
}

func (c *connection) all(ctx context.Context, tokens []mqtt.Token, what string) error {
	for _, t := range tokens {
		if err := c.await(ctx, t); err != nil {
			return fmt.Errorf("broker: %s: %w", what, err)
		}
	}
	return nil
}
