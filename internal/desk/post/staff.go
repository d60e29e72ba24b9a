package post

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"lockerd/internal/desk/books"
)

// staff tells the staff of new alarms, as the duty says: those who come first, and those who come after them where nobody works one off.
func (p *Post) staff(ctx context.Context) error {
	var errs []error
	for step := range p.duty.Steps {
		if to := p.duty.Steps[step].Mail; len(to) > 0 && p.first() {
			errs = append(errs, p.staffStep(ctx, step, to))
		}
	}
	return errors.Join(errs...)
}

// mailed is the name under which the books know that the mail of a step was told of an alarm.
func mailed(step int) string {
	if step == 0 {
		return "mail"
	}
	return fmt.Sprintf("mail/%d", step)
}

func (p *Post) staffStep(ctx context.Context, step int, to []string) error {
	now := time.Now()
	waiting, err := p.books.Untold(ctx, mailed(step), now.Add(-staffOld), staffMost)
	if err != nil {
		return err
	}
	alarms := p.duty.Tell(step, waiting, p.staffed[step], now)
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
	m, err := p.envelope(subject, fmt.Sprintf("alarm-%d-%s-%s-%d-%d", step, first.Cabinet, first.Epoch, first.Seq, len(alarms)), to...)
	if err != nil {
		return err
	}
	text := report(alarms)
	if step > 0 {
		text = fmt.Sprintf("Nobody has worked this off for %d minutes and more; others were told before you.\n", int(p.duty.Waited(step).Minutes())) + text
	}
	m.SetBodyString(gomail.TypeTextPlain, text)
	c := connection{post: p}
	defer c.close()
	if err := c.send(ctx, m); err != nil {
		why, _ := reason(err)
		return fmt.Errorf("post: to the staff: %s", why)
	}
	p.staffed[step] = now
	return p.books.AlarmsTold(ctx, mailed(step), alarms)
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
