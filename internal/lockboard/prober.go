package lockboard

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log/slog"
	"slices"
	"time"
)

// prober asks boards of which nothing is known, on one opening of a line.
type prober struct {
	w      *wire
	within time.Duration
	echo   echo
	// dead are the questions that nobody answered: families may share them.
	dead map[string]bool
	late []int // addresses of the family at hand that answered when another was asked
}

// overNetwork says whether a line is reached over a network.
func overNetwork(line io.ReadWriteCloser) bool {
	switch line.(type) {
	case *tcpLine, *mbapLine:
		return true
	}
	return false
}

func newProber(line io.ReadWriteCloser, baud int, within time.Duration) *prober {
	network := overNetwork(line)
	p := &prober{within: within, dead: make(map[string]bool)}
	if within == 0 {
		p.within = surveyWithin
		if network {
			p.within += networkDelay
		}
	}
	p.w = (&wire{
		line: line, baud: baud, network: network, log: slog.New(slog.DiscardHandler), tap: func(bool, []byte) {},
	}).start()
	return p
}

// settle waits until the line is silent.
func (p *prober) settle(ctx context.Context) error {
	for until := time.Now().Add(surveyPatience); time.Now().Before(until); {
		got, err := p.hear(ctx, surveyQuiet)
		if err != nil || len(got) == 0 {
			return err
		}
	}
	return errors.New("the line is never quiet: does something else speak on it, or is it without bias resistors?")
}

// hear gives what comes until the line falls quiet, if anything comes in time.
func (p *prober) hear(ctx context.Context, within time.Duration) ([]byte, error) {
	quiet := func([]byte) time.Duration { return p.w.quietTime() }
	return p.w.burst(ctx, time.Now().Add(within), nil, quiet)
}

// lives says whether a board of a family is at an address: only if it answers twice. damaged says that something is
// there, and cannot be understood.
func (p *prober) lives(
	ctx context.Context, fam Family, address int, within time.Duration,
) (lives, damaged bool, err error) {
	req := Request{Op: fam.Probe, Board: address}
	if fam.Probe == Query {
		req.Channel = 1
	} else {
		req.Channels = 1
	}
	question, err := fam.Encode(req)
	if err != nil || p.dead[string(question)] {
		return false, false, err
	}
	good, broken, missing := 0, 0, 0
	for good < surveyAgree && broken+missing < surveyTries {
		f, v, err := p.ask(ctx, fam, req, within)
		switch {
		case err != nil:
			return false, false, err
		case v == answered && f.Failed && fam.NoContacts: // which shows that it is none of the family
			return false, false, nil
		case v == answered:
			good++
		case v == garbled:
			broken++
		case good == 0 && broken == 0: // nobody is there
			p.dead[string(question)] = true
			return false, false, nil
		default:
			missing++
		}
	}
	return good == surveyAgree, broken == surveyTries, nil
}

// channels is of how many a board tells; 0: of none.
func (p *prober) channels(ctx context.Context, fam Family, address int, within time.Duration) (int, error) {
	before := []byte(nil)
	for size := fam.Locks; size >= 1; size = smaller(size) {
		req := Request{Op: QueryAll, Board: address, Channels: size}
		frame, err := fam.Encode(req)
		if err != nil || bytes.Equal(frame, before) { // no family that says how many
			break
		}
		before = frame
		f, v, err := p.agreed(ctx, fam, req, within)
		switch {
		case err != nil || v == garbled:
			return 0, err
		case v == answered && !f.Failed && fam.NoContacts && f.Channels < size:
			return 0, nil // it tells of no more, however many there are
		case v == answered && !f.Failed:
			return min(size, f.Channels), nil
		}
	}
	if !fam.Single {
		return 0, nil
	}
	return p.count(ctx, fam, address, within)
}

// smaller is the next smaller size that boards are sold in.
func smaller(size int) int {
	for _, n := range []int{32, 24, 16, 12, 8, 4, 2, 1} {
		if n < size {
			return n
		}
	}
	return 0
}

// agreed asks until two answers in a row have the same size, or twice nobody answered.
func (p *prober) agreed(
	ctx context.Context, fam Family, req Request, within time.Duration,
) (last Frame, v verdict, err error) {
	missing := 0
	for range 2 * (surveyAgree + surveyTries) {
		f, v, err := p.ask(ctx, fam, req, within)
		switch {
		case err != nil:
			return Frame{}, v, err
		case v == silent:
			if missing++; missing == surveyAgree {
				return Frame{}, silent, nil
			}
		case v == answered && (f.Failed || last.Length == f.Length && last.Channels == f.Channels):
			return f, answered, nil
		case v == answered:
			last = f
		}
	}
	return Frame{}, garbled, nil
}

// count asks lock after lock, for boards that have no answer for all.
func (p *prober) count(ctx context.Context, fam Family, address int, within time.Duration) (int, error) {
	for channel := 1; channel <= fam.Locks; channel++ {
		req, v := Request{Op: Query, Board: address, Channel: channel}, silent
		for tries := 0; v != answered && tries < surveyTries; tries++ {
			var err error
			if _, v, err = p.ask(ctx, fam, req, within); err != nil {
				return 0, err
			}
		}
		if v != answered {
			return channel - 1, nil
		}
	}
	return fam.Locks, nil
}

// ask asks one question, and asks it again where we were held up meanwhile.
func (p *prober) ask(
	ctx context.Context, fam Family, req Request, within time.Duration,
) (f Frame, v verdict, err error) {
	held := true
	for tries := 0; held && err == nil && tries < surveyTries; tries++ {
		f, v, held, err = p.once(ctx, fam, req, within)
	}
	return f, v, err
}

// once asks one question. After a damaged answer it waits until the line is quiet.
func (p *prober) once(
	ctx context.Context, fam Family, req Request, within time.Duration,
) (f Frame, v verdict, held bool, err error) {
	sent, err := fam.Encode(req)
	if err != nil {
		return Frame{}, silent, false, err
	}
	n, err := p.w.line.Write(sent)
	if err == nil && n < len(sent) {
		err = io.ErrShortWrite
	}
	if err != nil {
		return Frame{}, silent, false, err
	}
	p.w.takeLate()
	p.w.asking = true
	f, v, err = p.await(ctx, fam, req, sent, time.Now().Add(within+p.w.lineTime(len(sent)+fam.Longest)))
	p.w.asking = false
	held = p.w.takeLate() > 0
	if err == nil && (v == garbled || v == silent && held) {
		err = p.drain(ctx)
	}
	return f, v, held && v != answered, err
}

// await listens for the answer to what was sent. Our own question, come back, is no answer, and shows that the line
// echoes.
func (p *prober) await(
	ctx context.Context, fam Family, req Request, sent []byte, until time.Time,
) (f Frame, v verdict, err error) {
	var owed []byte
	if p.echo == echoOn {
		owed = sent
	}
	for {
		got, err := p.hear(ctx, time.Until(until))
		if err != nil || len(got) == 0 {
			return Frame{}, silent, err
		}
		if p.echo == echoUnknown && req.Op == fam.Probe && bytes.HasPrefix(got, sent) {
			p.echo, owed = echoOn, sent
		}
		rest, ok := bytes.CutPrefix(got, owed)
		if !ok {
			return Frame{}, garbled, nil
		}
		owed = nil
		frames, err := fam.Decode(rest, req)
		if err != nil {
			return Frame{}, garbled, nil
		}
		p.noteLate(req, frames)
		switch found := slices.DeleteFunc(slices.Clone(frames), func(f Frame) bool { return !req.AnsweredBy(f) }); {
		case len(found) > 1:
			return Frame{}, garbled, nil
		case len(found) == 1:
			if p.echo == echoUnknown {
				p.echo = echoOff
			}
			return found[0], answered, nil
		}
	}
}

// noteLate notes who answered a question that is no longer asked.
func (p *prober) noteLate(req Request, frames []Frame) {
	for _, f := range frames {
		if f.Op == req.Op && f.Board < req.Board && !slices.Contains(p.late, f.Board) {
			p.late = append(p.late, f.Board)
		}
	}
}

// longest is how long a board of a family may take at most.
func (p *prober) longest(fam Family) time.Duration {
	most := fam.Answer
	if p.w.network {
		most += networkDelay
	}
	return max(p.within, most)
}

// linger hears who answers after the last question to a family.
func (p *prober) linger(ctx context.Context, fam Family, last int) error {
	got, err := p.hear(ctx, p.longest(fam))
	if err != nil {
		return err
	}
	req := Request{Op: fam.Probe, Board: last + 1}
	if frames, err := fam.Decode(got, req); err == nil {
		p.noteLate(req, frames)
	}
	return nil
}

// drain waits until the line is quiet, so that nothing late is taken for the next answer.
func (p *prober) drain(ctx context.Context) error {
	for until := time.Now().Add(surveyPatience); time.Now().Before(until); {
		if got, err := p.hear(ctx, p.w.quietTime()); err != nil || len(got) == 0 {
			return err
		}
	}
	return errors.New("the line is never quiet")
}
