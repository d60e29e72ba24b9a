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

// subscription is the state of the subscriptions. A broker that refuses them still gets the events, and is asked again:
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

// subscribe subscribes to orders and acks, and waits for the answer.
func (c *connection) subscribe(ctx context.Context) error {
	c.ask(time.Now())
	if err := await(ctx, c.listening.token); err != nil {
		return fmt.Errorf("sync: subscribe: %w", err)
	}
	c.granted(time.Now())
	return nil
}

// ask subscribes to all of them at once, even if only one was refused: then no answer has more codes than the request.
func (c *connection) ask(now time.Time) {
	wanted := make(map[string]byte, len(listened))
	for _, name := range listened {
		wanted[c.topic(name)] = 1
	}
	s := &c.listening
	s.token, s.asked = c.client.SubscribeMultiple(wanted, nil).(*mqtt.SubscribeToken), now
}

// granted processes the broker's answer.
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

// subscribeAgain subscribes again after a refusal.
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

// answered is closed when the broker has answered; nil, which never happens, if it was not asked.
func (s *subscription) answered() <-chan struct{} {
	if s.token == nil {
		return nil
	}
	return s.token.Done()
}

// due is when to check again even if nothing happens; zero: never.
func (s *subscription) due() time.Time {
	if s.token != nil {
		return s.asked.Add(ackWait)
	}
	return s.again
}
