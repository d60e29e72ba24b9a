package remote

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"lockerd/internal/locker"
)

// player shows the pictures of the list on the disk one after the other, each in its hours.
type player struct {
	dir     gallery
	show    func(png []byte, tag string)
	tell    func(context.Context, locker.Input) error
	log     *slog.Logger
	changed chan struct{} // of size 1: the list, or what is beneath it

	mu   sync.Mutex
	png  []byte // what is beneath
	tag  string
	anew bool // there is another list
}

func (p *player) beneath(png []byte, tag string) {
	p.mu.Lock()
	p.png, p.tag = png, tag
	p.mu.Unlock()
	p.wake()
}

// nudge says that there is another list.
func (p *player) nudge() {
	p.mu.Lock()
	p.anew = true
	p.mu.Unlock()
	p.wake()
}

func (p *player) wake() {
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// lookAgain is how often the hours are looked at.
const lookAgain = time.Minute

// run shows pictures until ctx ends.
func (p *player) run(ctx context.Context) {
	t := p.load(ctx)
	turn := time.NewTimer(0)
	defer turn.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-turn.C:
		case <-p.changed:
			p.mu.Lock()
			anew := p.anew
			p.anew = false
			p.mu.Unlock()
			if anew {
				t = p.load(ctx)
			}
		}
		turn.Reset(t.next(ctx, time.Now()))
	}
}

// turns are the pictures of a list as they take turns.
type turns struct {
	*player
	order string
	list  []hang
	at    int       // in the list; -1: none is shown
	ends  time.Time // when its turn does
	shown string    // the tag of what is on the screen
}

func (p *player) load(ctx context.Context) *turns {
	list, err := p.dir.list()
	if err != nil {
		p.log.Error("the playlist is damaged", "err", err)
	}
	return &turns{player: p, order: list.Order, list: list.Pictures, at: -1, shown: "unknown"}
}

// next shows what is to be shown now, and says after what time to look again.
func (t *turns) next(ctx context.Context, now time.Time) time.Duration {
	minute := now.Hour()*60 + now.Minute()
	if t.at >= 0 && now.Before(t.ends) && t.list[t.at].At(minute) {
		return min(t.ends.Sub(now), lookAgain)
	}
	for range len(t.list) {
		if t.at = (t.at + 1) % len(t.list); !t.list[t.at].At(minute) {
			continue
		}
		one := t.list[t.at]
		if one.tag() != t.shown {
			png, err := t.dir.picture(one.File)
			if err != nil {
				t.drop(ctx, err)
				return 0
			}
			t.put(png, one.tag())
		}
		t.ends = now.Add(time.Duration(one.Seconds) * time.Second)
		return min(t.ends.Sub(now), lookAgain)
	}
	t.at = -1
	t.mu.Lock()
	png, tag := t.png, t.tag
	t.mu.Unlock()
	if tag != t.shown {
		t.put(png, tag)
	}
	return lookAgain
}

func (t *turns) put(png []byte, tag string) {
	t.shown = tag
	t.show(png, tag)
}

// drop takes a picture that the disk does not give any more out of the turns. Without the last one the list is over: whoever made it is
// told, and a later start finds the same.
func (t *turns) drop(ctx context.Context, err error) {
	t.log.Error("a picture of the playlist is lost", "picture", t.at+1, "err", err)
	t.list = append(t.list[:t.at:t.at], t.list[t.at+1:]...)
	if t.at--; len(t.list) == 0 {
		_ = t.tell(ctx, locker.PlaylistEnded{Order: t.order, Why: locker.PlaylistLost, Detail: Short(err.Error())})
	}
}
