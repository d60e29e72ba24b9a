package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// timesTaps makes the page keep, for each tap, how many milliseconds after the finger left the glass it was sent, the next screen was
// swapped in, the first frame with it began, and the second: then the first is on the glass.
const timesTaps = `(() => {
	window.taps = [];
	const send = window.fetch;
	let sent = 0;
	window.fetch = (...all) => { sent = performance.now(); return send(...all); };
	document.addEventListener("click", (e) => {
		const root = document.documentElement, before = root.dataset.revision;
		const seen = new MutationObserver(() => {
			if (root.dataset.revision === before) return;
			seen.disconnect();
			const swapped = performance.now(), since = (now) => now - e.timeStamp;
			requestAnimationFrame(() => {
				const frame = performance.now();
				requestAnimationFrame(() => taps.push([since(sent), since(swapped), since(frame), since(performance.now())]));
			});
		});
		seen.observe(root, { attributes: true });
	}, true);
	return "";
})()`

// The columns of timesTaps.
const (
	tapSent = iota
	tapSwapped
	tapFrame
	tapPainted
)

// tapStages are what a tap's time is made of, each from one column to another; -1 is the finger.
var tapStages = []struct {
	name     string
	from, to int
}{
	{"  of which until the page has sent it, p50", -1, tapSent},
	{"  of which there and back, and swapping the screen in, p50", tapSent, tapSwapped},
	{"  of which until the next frame, p50", tapSwapped, tapFrame},
	{"  of which until that frame is on the glass, p50", tapFrame, tapPainted},
}

// loads lists what the page loaded: address and bytes as they were sent.
const loads = `JSON.stringify([...performance.getEntriesByType("navigation"), ...performance.getEntriesByType("resource")]
	.filter((e) => !e.name.endsWith("/press")).map((e) => ({ Name: e.name, Size: e.encodedBodySize })))`

// untried is after how many taps somebody shows who they are: the page of those who do not has a budget of 60 records.
const untried = 20

// known has a courier come and go, which gives the page its budget back.
func (st *stand) known(k *kiosk) {
	st.t.Helper()
	st.scan("BADGE-ADA")
	k.on("scan", "b-sign_out")
	k.tap("b-sign_out")
	k.on("home", "b-pickup")
}

// measureTap taps "fetch a parcel" and "back" in a true browser, and at the server without one.
func measureTap(t *testing.T, f *figures) {
	rounds := some(60, 5)
	st := newStand(t, shape{lines: 1, boards: 3, locks: 24})
	st.past(1).close()
	st.launch()
	st.told()
	after(cold)
	k := st.browseMoving()
	k.on("home", "b-pickup")
	st.loaded(k, f)
	k.eval(timesTaps)
	for i := range 2 * rounds {
		if i%untried == 0 {
			st.known(k)
		}
		step, button := "home", "b-pickup"
		if i%2 == 1 {
			step, button = "code", "b-back"
		}
		k.on(step, button)
		after(100 * time.Millisecond) // the page rests
		k.tap(button)
		after(200 * time.Millisecond)
	}
	tellTaps(t, f, k)
	var shares []time.Duration
	seen := st.watch()
	now := next(t, seen, time.Time{}, func(g glimpse) bool { return g.Step == "home" || g.Step == "code" })
	for i := range rounds {
		if i%untried == 0 {
			st.known(k)
			after(aHand)
			for len(seen) > 0 {
				now = <-seen
			}
		}
		after(20 * time.Millisecond)
		action := map[string]string{"home": "pickup", "code": "back"}[now.Step]
		began := st.press(now.Revision, action)
		was := now.Revision
		now = next(t, seen, began, func(g glimpse) bool { return g.Revision != was })
		shares = append(shares, now.at.Sub(began))
	}
	slices.Sort(shares)
	f.ms("  the server's share (press sent to screen there), p50", at(shares, 0.50))
	f.add("  the server's share, p95", "%.2f ms", most("≤ 2 ms", 2), milliseconds(at(shares, 0.95)))
}

// tellTaps adds what the page has kept.
func tellTaps(t *testing.T, f *figures, k *kiosk) {
	t.Helper()
	var taps [][4]float64
	if err := json.Unmarshal([]byte(k.eval(`JSON.stringify(taps)`)), &taps); err != nil {
		t.Fatal(err)
	}
	took := func(from, to int) (list []float64) {
		for _, tap := range taps {
			took := tap[to]
			if from >= 0 {
				took -= tap[from]
			}
			list = append(list, took)
		}
		slices.Sort(list)
		return list
	}
	f.add("tap to the next screen painted, p95", "%.1f ms", most("≤ 38 ms", 38), at(took(-1, tapPainted), 0.95))
	f.add("  p50", "%.1f ms", goal{}, at(took(-1, tapPainted), 0.50))
	for _, s := range tapStages {
		f.add(s.name, "%.1f ms", goal{}, at(took(s.from, s.to), 0.50))
	}
	f.add("  tap to swapped in, p95", "%.1f ms", goal{}, at(took(-1, tapSwapped), 0.95))
	f.add("  taps measured", "%.0f", goal{}, float64(len(taps)))
}

// loaded tells what the page weighs and where it came from.
func (st *stand) loaded(k *kiosk, f *figures) {
	st.t.Helper()
	var entries []struct {
		Name string
		Size float64
	}
	if err := json.Unmarshal([]byte(k.eval(loads)), &entries); err != nil {
		st.t.Fatal(err)
	}
	var sum float64
	var names []string
	foreign := 0
	for _, e := range entries {
		sum += e.Size
		path, own := strings.CutPrefix(e.Name, "http://"+st.kiosk)
		if !own {
			foreign++
		}
		names = append(names, fmt.Sprintf("`%s` %.1f kB", path, e.Size/1000))
	}
	f.add("the page and all that it loads, as sent on loopback", "%.1f kB", goal{}, sum/1000)
	f.add("requests to anywhere else", "%.0f", most("0", 0), float64(foreign))
	f.note("The page loads " + strings.Join(names, ", ") + ", and the stream `/events`.")
}

// press posts what a button says, as the page does.
func (st *stand) press(revision, action string) (began time.Time) {
	st.t.Helper()
	body, _ := json.Marshal(map[string]string{"revision": revision, "action": action})
	request, err := http.NewRequest(http.MethodPost, "http://"+st.kiosk+"/press", bytes.NewReader(body))
	if err != nil {
		st.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Origin", "http://"+st.kiosk)
	began = time.Now()
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		st.t.Fatal(err)
	}
	if err := answer.Body.Close(); err != nil || answer.StatusCode != http.StatusAccepted {
		st.t.Fatalf("press %s: %s, %v", action, answer.Status, err)
	}
	return began
}
