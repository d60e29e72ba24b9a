package lockboard_test

import (
	"context"
	"io"
	"slices"
	"testing"

	"lockerd/internal/lockboard"
	"lockerd/internal/sim"
)

// On a true tty a board answers at its own speed alone: it is found once.
func TestASurveyFindsABoardAtItsSpeedAlone(t *testing.T) {
	t.Parallel()
	for baud, board := range map[int]sim.Board{
		9600:  {Family: "8A", Address: 2, Locks: 8},
		19200: {Family: "KERONG-5", Address: 1, Locks: 16},
	} {
		pty := newPTY(t)
		ctx, unplug := context.WithCancel(t.Context())
		ended := make(chan error)
		go func() { ended <- sim.NewLine(baud, board).Run(ctx, pty) }()
		open := func(ctx context.Context, baud int) (io.ReadWriteCloser, error) {
			return lockboard.OpenLine(ctx, lockboard.LineConfig{Port: pty.Path(), Baud: baud})
		}
		plan := lockboard.SurveyPlan{Families: []string{"8A", "KERONG-5"}, Bauds: []int{9600, 19200}, Highest: 2}
		found, err := lockboard.Survey(ctx, open, plan, unwatched)
		if err != nil || len(found) != 1 || found[0].Baud != baud || found[0].Family != board.Family {
			t.Errorf("%d baud: got %q, %v", baud, shown(slices.Clone(found)), err)
		}
		unplug()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	}
}
