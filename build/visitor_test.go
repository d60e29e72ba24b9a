package build

import (
	"bufio"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// visitor is somebody before a kiosk, and before the metal that a bench shows. They find buttons by their words, which must
// stand in what they have read.
type visitor struct {
	t                  *testing.T
	kiosk, bench, page string
}

// shown is what stands on the screen.
type shown struct {
	Revision, Step string
	Regions        map[string]string
}

// button finds what can be touched: its attributes, and what is written on it.
var button = regexp.MustCompile(`(?s)<button([^>]*)>(.*?)</button>`)

// action is what a button does, by what is written on it.
func (s shown) action(words string) string {
	for _, region := range s.Regions {
		for _, b := range button.FindAllStringSubmatch(region, -1) {
			label := html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(b[2], ""))
			if a := regexp.MustCompile(`data-action="(\w+)"`).FindStringSubmatch(b[1]); a != nil && strings.TrimSpace(label) == words {
				return a[1]
			}
		}
	}
	return ""
}

// looks at the screen.
func (v *visitor) looks() (s shown) {
	answer, err := http.Get(v.kiosk + "/events")
	if err != nil {
		return s // it begins anew
	}
	defer answer.Body.Close()
	lines := bufio.NewScanner(answer.Body)
	lines.Buffer(nil, 4<<20)
	for lines.Scan() {
		if data, is := strings.CutPrefix(lines.Text(), "data: "); is {
			if err := json.Unmarshal([]byte(data), &s); err != nil {
				v.t.Fatal(err)
			}
			return s
		}
	}
	return s
}

// until waits until something is so.
func (v *visitor) until(what string, so func() bool) {
	v.t.Helper()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(100 * time.Millisecond) {
		if so() {
			return
		}
	}
	v.t.Fatalf("never came: %s; the screen is %+v", what, v.looks())
}

// on waits for one of some screens.
func (v *visitor) on(steps ...string) (s shown) {
	v.t.Helper()
	v.until("the screen "+strings.Join(steps, " or "), func() bool {
		s = v.looks()
		return slices.Contains(steps, s.Step)
	})
	return s
}

// touch touches the button with these words, once it is there, and waits until the screen is another.
func (v *visitor) touch(words string) {
	v.t.Helper()
	if !strings.Contains(strings.Join(strings.Fields(v.page), " "), `"`+words+`"`) {
		v.t.Errorf("the page does not name the button %q", words)
	}
	action := ""
	v.until("the button "+words, func() bool {
		action = v.looks().action(words)
		return action != ""
	})
	v.press("action", action)
}

// press sends what the page sends when it is touched, and waits until the screen is another.
func (v *visitor) press(fields ...string) {
	v.t.Helper()
	s := v.looks()
	body := map[string]any{"revision": s.Revision}
	for pair := range slices.Chunk(fields, 2) {
		body[pair[0]] = pair[1]
		if n, err := strconv.Atoi(pair[1]); err == nil && pair[0] == "door" {
			body[pair[0]] = n
		}
	}
	text, err := json.Marshal(body)
	if err != nil {
		v.t.Fatal(err)
	}
	request, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, v.kiosk+"/press", strings.NewReader(string(text)))
	if err != nil {
		v.t.Fatal(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Origin", v.kiosk)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode != http.StatusAccepted {
		v.t.Fatalf("%s: %s %s", text, answer.Status, said)
	}
	v.until(fmt.Sprintf("something after %v", fields), func() bool { return v.looks().Revision != s.Revision })
}

// post gives the bench something to do.
func (v *visitor) post(path, body string) {
	v.t.Helper()
	answer, err := http.Post(v.bench+path, "application/json", strings.NewReader(body))
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	if said, _ := io.ReadAll(answer.Body); answer.StatusCode >= 300 {
		v.t.Fatalf("%s %s: %d, %s", path, body, answer.StatusCode, said)
	}
}

// open is the number of the door that stands open at the bench; 0: none.
func (v *visitor) open() int {
	v.t.Helper()
	answer, err := http.Get(v.bench + "/state")
	if err != nil {
		v.t.Fatal(err)
	}
	defer answer.Body.Close()
	var state struct {
		Doors []struct {
			Door int
			Open bool
		}
	}
	if err := json.NewDecoder(answer.Body).Decode(&state); err != nil {
		v.t.Fatal(err)
	}
	for _, d := range state.Doors {
		if d.Open {
			return d.Door
		}
	}
	return 0
}

// hand is how long somebody takes at least from seeing a door open until it is shut.
const hand = 2 * time.Second

// patience is how long somebody waits for the screen to notice that a door is shut.
const patience = 15 * time.Second

// push waits for a door to spring open, and shuts it.
func (v *visitor) push() {
	v.t.Helper()
	door := 0
	v.until("a door springs open", func() bool { door = v.open(); return door != 0 })
	time.Sleep(hand)
	v.post(fmt.Sprintf("/doors/%d/push", door), "")
}

// wires opens lock after lock, and says of each which door moved.
func (v *visitor) wires() {
	v.t.Helper()
	for {
		s := v.on("wire", "wire_close", "setup")
		door := v.open()
		switch {
		case s.Step == "setup":
			return
		case s.Step == "wire_close" && door != 0:
			time.Sleep(hand)
			v.post(fmt.Sprintf("/doors/%d/push", door), "")
			heard := time.Now().Add(patience)
			for v.looks().Step == "wire_close" && time.Now().Before(heard) {
				time.Sleep(100 * time.Millisecond)
			}
		case s.Step == "wire_close": // on a busy machine it was shut before the board was asked
			v.touch("Open it once more")
		case s.action("Open this lock") != "":
			v.touch("Open this lock")
		case door != 0:
			v.press("action", "door", "door", strconv.Itoa(door))
		case s.action("None moved") != "":
			v.touch("None moved")
		default:
			time.Sleep(100 * time.Millisecond) // lock or contact is at it
		}
	}
}
