package post

import (
	"context"
	"fmt"
	"strings"
	"time"

	gomail "github.com/wneessen/go-mail"

	"lockerd/internal/desk/books"
)

// staff tells the staff of new alarms: of an urgent one at once, together with all others; of the others some minutes after the letter
// before.
func (p *Post) staff(ctx context.Context) error {
	if len(p.cfg.Staff) == 0 || !p.first() {
		return nil
	}
	alarms, err := p.books.Unmailed(ctx, staffMost)
	if err != nil || len(alarms) == 0 {
		return err
	}
	now := time.Now()
	if !alarms[0].Urgent && now.Sub(p.staffed) < staffPause { // the urgent come first
		return nil
	}
	first := alarms[0]
	subject := fmt.Sprintf("%s: %s", first.Cabinet, first.Words())
	if n := len(alarms) - 1; n > 0 {
		subject += fmt.Sprintf(" (and %d more)", n)
	}
	if first.Urgent {
		subject = "URGENT " + subject
	}
	m, err := p.envelope(subject, fmt.Sprintf("alarm-%s-%s-%d-%d", first.Cabinet, first.Epoch, first.Seq, len(alarms)), p.cfg.Staff...)
	if err != nil {
		return err
	}
	m.SetBodyString(gomail.TypeTextPlain, report(alarms))
	c := connection{post: p}
	defer c.close()
	if err := c.send(ctx, m); err != nil {
		why, _ := reason(err)
		return fmt.Errorf("post: to the staff: %s", why)
	}
	p.staffed = now
	return p.books.Mailed(ctx, alarms)
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
