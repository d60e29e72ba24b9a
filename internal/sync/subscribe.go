package sync

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"
)

var errUnanswered = errors.New("sync: subscribe: no answer")

// listened are the topics that the cabinet listens to.
var listened = []string{"acks", "orders"}

// subscription is what became of asking for them. A broker that refuses them still gets the events, and is asked again:
// perhaps only its access service was away.
type subscription struct {
	token *mqtt.SubscribeToken // asked, not answered; nil: neither
	asked time.Time
	again time.Time // zero: they are granted
	pause time.Duration
}

const (
	firstAsk = 10 * time.Second // before a refused subscription is asked for again; it doubles
	longAsk  = 10 * time.Minute // up to this
)

// subscribe asks for the orders and the cloud's acks, and waits for the answer.
func (c *connection) subscribe(ctx context.Context) error {
	c.ask(time.Now())
	if err := await(ctx, c.listening.token); err != nil {
		return fmt.Errorf("sync: subscribe: %w", err)
	}
	c.granted(time.Now())
	return nil
}

// ask asks for all of them at once, also where only one was refused: no answer then has more words than a question.
func (c *connection) ask(now time.Time) {
	wanted := make(map[string]byte, len(listened))
	for _, name := range listened {
		wanted[c.topic(name)] = 1
	}
	s := &c.listening
	s.token, s.asked = c.client.SubscribeMultiple(wanted, nil).(*mqtt.SubscribeToken), now
}

// granted takes the broker's answer.
func (c *connection) granted(now time.Time) {
	s := &c.listening
	var refused []string
	for _, name := range listened {
		if answer, ok := s.token.Result()[c.topic(name)]; !ok || answer != 1 {
			refused = append(refused, name)
		}
	}
	s.token, s.again = nil, time.Time{}
	if len(refused) > 0 {
		s.pause = min(max(2*s.pause, firstAsk), longAsk)
		s.again = now.Add(s.pause)
	}
	c.trouble(func(t *troubles) { t.refused = slices.Clip(refused) })
}

// subscribeAgain asks again for what was refused.
func (c *connection) subscribeAgain(now time.Time) error {
	s := &c.listening
	switch {
	case s.token != nil:
		select {
		case <-s.token.Done():
		default:
			if now.Sub(s.asked) >= ackWait {
				return errUnanswered
			}
			return nil
		}
		if err := s.token.Error(); err != nil {
			return fmt.Errorf("sync: subscribe: %w", err)
		}
		c.granted(now)
	case !s.again.IsZero() && !now.Before(s.again):
		c.ask(now)
	}
	return nil
}

// answered is done when the broker has answered; nil, and never, if it was not asked.
func (s *subscription) answered() <-chan struct{} {
	if s.token == nil {
		return nil
	}
	return s.token.Done()
}

// due is when to look again though nothing happened; zero: no need.
func (s *subscription) due() time.Time {
	if s.token != nil {
		return s.asked.Add(ackWait)
	}
	return s.again
}
