package post

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"lockerd/internal/desk/books"
)

// refusedFor is how long a mailbox of the staff's is left alone that the mail server has refused for good.
const refusedFor = time.Hour

// staff tells the staff of new alarms, as the duty says: those who come first, and those who come after them where nobody works one off. Each
// has letters of their own: a mailbox that is none keeps nobody else from being told.
func (p *Post) staff(ctx context.Context) error {
	var errs []error
	c := connection{post: p}
	defer c.close()
	for step := range p.duty.Steps {
		for _, to := range p.duty.Steps[step].Mail {
			if p.first() && !c.silent {
				errs = append(errs, p.staffOne(ctx, &c, step, to))
			}
		}
	}
	return errors.Join(errs...)
}

// mailed is the name under which the books know that one of those of a step was told of an alarm by mail. It does not say their address.
func mailed(step int, to string) string {
	id := sha256.Sum256([]byte(to))
	return fmt.Sprintf("mail/%d/%x", step, id[:8])
}

func (p *Post) staffOne(ctx context.Context, c *connection, step int, to string) error {
	now, name := time.Now(), mailed(step, to)
	if now.Before(p.refused[name]) {
		return nil
	}
	waiting, err := p.books.Untold(ctx, name, now.Add(-staffOld), staffMost)
	if err != nil {
		return err
	}
	alarms := p.duty.Tell(step, waiting, p.staffed[name], now)
	if len(alarms) == 0 {
		return nil
	}
	first := alarms[0] // the urgent come first
	subject := fmt.Sprintf("%s: %s", first.Cabinet, first.Words())
	if n := len(alarms) - 1; n > 0 {
		subject += fmt.Sprintf(" (and %d more)", n)
	}
	if first.Urgent {
		subject = "URGENT " + subject
	}
	id := sha256.Sum256(fmt.Appendf(nil, "%s/%s/%d", name, first.Number(), len(alarms)))
	m, err := p.envelope(subject, fmt.Sprintf("alarm-%x", id[:16]), to)
	if err != nil {
		return err
	}
	text := report(alarms)
	if step > 0 {
		text = fmt.Sprintf("Nobody has worked this off for %d minutes and more; others were told before you.\n", int(p.duty.Waited(step).Minutes())) + text
	}
	m.SetBodyString(gomail.TypeTextPlain, text)
	if err := c.send(ctx, m); err != nil {
		why, final := reason(err)
		if final {
			p.refused[name] = now.Add(refusedFor)
		}
		return fmt.Errorf("post: to the staff, step %d, address %d: %s", step+1, slices.Index(p.duty.Steps[step].Mail, to)+1, why)
	}
	p.staffed[name] = now
	return p.books.AlarmsTold(ctx, name, alarms)
}

// report lists alarms by cabinet, in the order in which they came.
func report(alarms []books.Alarm) string {
	var b strings.Builder
	cabinet := ""
	for _, a := range alarms {
		if a.Cabinet != cabinet {
			cabinet = a.Cabinet
			fmt.Fprintf(&b, "\n%s", a.Cabinet)
			if a.Site != "" {
				fmt.Fprintf(&b, " (%s)", a.Site)
			}
			b.WriteString("\n")
		}
		mark := " "
		if a.Urgent {
			mark = "!"
		}
		fmt.Fprintf(&b, "%s %s  %s\n", mark, a.At.Format("2006-01-02 15:04:05Z"), a.Words())
	}
	b.WriteString("\nWhat to do about each kind: docs/operator.md, alarms. lockerdesk alarms lists what is open.\n")
	return b.String()
}
