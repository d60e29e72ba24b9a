package ui_test

import (
	"context"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"lockerd/internal/locker"
	"lockerd/internal/ui"
)

// meter is the writer of a stream: it tells the size of each screen that it is sent.
type meter struct {
	header http.Header
	screen chan int
}

func (g *meter) Header() http.Header { return g.header }
func (g *meter) WriteHeader(int)     {}
func (g *meter) Flush()              {}
func (g *meter) Write(b []byte) (int, error) {
	if strings.HasPrefix(string(b[:min(len(b), 16)]), "event: screen") {
		g.screen <- len(b)
	}
	return len(b), nil
}

// wall is a cabinet of so many doors, in columns of twelve.
func wall(doors int, open ...int) []locker.DoorView {
	list := make([]locker.DoorView, doors)
	for i := range list {
		list[i] = locker.DoorView{Number: i + 1, Size: "M", Height: 190, Column: i/12 + 1, State: locker.Closed}
	}
	for _, n := range open {
		list[n-1].State = locker.Open
	}
	return list
}

// BenchmarkScreen is what a screen that is looked at costs, from the view to its bytes: two views take turns.
func BenchmarkScreen(b *testing.B) {
	home := base(locker.StepHome, locker.ActionPickup, locker.ActionCourier, locker.ActionLanguage, locker.ActionTechnician)
	code := base(locker.StepCode, locker.ActionBack, locker.ActionResend, locker.ActionLanguage)
	wrong := code
	wrong.Notice = locker.NoticeWrongCode
	ajar := home
	ajar.Doors = cabinetDoors([]int{7}, []int{11})
	pickup := base(locker.StepPickup, locker.ActionLanguage)
	pickup.Door, pickup.DoorState, pickup.Opening = 7, locker.Closed, true
	large, largeAjar, largePickup := home, home, pickup
	large.Doors, largeAjar.Doors, largePickup.Doors = wall(2400), wall(2400, 7), wall(2400)
	for _, bb := range []struct {
		name     string
		one, two locker.View
	}{
		{"nothing", home, home}, {"notice", code, wrong}, {"door", home, ajar}, {"step", home, code}, {"pin", home, pickup},
		{"large/door", large, largeAjar}, {"large/pin", large, largePickup},
	} {
		b.Run(bb.name, func(b *testing.B) {
			s, err := ui.New(ui.Config{Listen: "127.0.0.1:8080"}, newDesk(), gauges{connected}, slog.New(slog.DiscardHandler))
			if err != nil {
				b.Fatal(err)
			}
			ctx, stop := context.WithCancel(context.WithValue(b.Context(), http.LocalAddrContextKey, &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1), Port: 8080}))
			defer stop()
			g := &meter{header: make(http.Header), screen: make(chan int)}
			s.Show(bb.two)
			go s.Handler().ServeHTTP(g, httptest.NewRequestWithContext(ctx, http.MethodGet, "http://127.0.0.1:8080/events", nil))
			<-g.screen
			s.Show(bb.one)
			<-g.screen
			sent, views := 0, []locker.View{bb.two, bb.one}
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				s.Show(views[i%2])
				sent += <-g.screen
			}
			b.ReportMetric(float64(sent)/float64(b.N), "sent-B/op")
		})
	}
}
