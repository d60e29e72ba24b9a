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

// timesTaps makes the page keep, for each tap, how many milliseconds after the finger left the glass the next screen
// was swapped in, and painted: the second animation frame after the swap begins when the first is on the glass.
const timesTaps = `(() => {
	window.taps = [];
	document.addEventListener("click", (e) => {
		const root = document.documentElement, before = root.dataset.revision;
		const seen = new MutationObserver(() => {
			if (root.dataset.revision === before) return;
			seen.disconnect();
			const swapped = performance.now();
			requestAnimationFrame(() => requestAnimationFrame(() =>
				taps.push([swapped - e.timeStamp, performance.now() - e.timeStamp])));
		});
		seen.observe(root, { attributes: true });
	}, true);
	return "";
})()`

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
	var taps [][2]float64
	if err := json.Unmarshal([]byte(k.eval(`JSON.stringify(taps)`)), &taps); err != nil {
		t.Fatal(err)
	}
	var swapped, painted []float64
	for _, tap := range taps {
		swapped, painted = append(swapped, tap[0]), append(painted, tap[1])
	}
	slices.Sort(swapped)
	slices.Sort(painted)
	f.add("tap to the next screen painted, p95", "%.1f ms", most("≤ 38 ms", 38), at(painted, 0.95))
	f.add("  p50", "%.1f ms", goal{}, at(painted, 0.50))
	f.add("  tap to swapped in, p95", "%.1f ms", goal{}, at(swapped, 0.95))
	f.add("  taps measured", "%.0f", goal{}, float64(len(taps)))
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
