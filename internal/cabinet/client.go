package cabinet

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"syscall"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/locker"
)

// askPatience is how long the daemon may take to do something and to report the result.
const askPatience = time.Minute

// ErrNotRunning says that nobody listens on the control socket, so the journal's file may be opened.
var ErrNotRunning = errors.New("the daemon is not running, which alone has the boards and the journal (systemctl start lockerd)")

// Client speaks with a running cabinet over its control socket.
type Client struct{ socket string }

// Client is the client of this configuration's cabinet.
func (c *Config) Client() Client { return Client{c.Socket} }

// Lines reports the measurements of every lock board, and the state of every door.
func (c Client) Lines() (LinesState, error) { return get[LinesState](c, "/lines") }

// Watch streams the traffic of a line until use returns or the daemon ends, which closes pieces.
func (c Client) Watch(bus string, use func(head WatchHead, pieces <-chan Passed) error) error {
	return c.talk(http.MethodGet, "/lines/"+url.PathEscape(bus)+"/watch", nil, 0, func(body io.Reader) error {
		var head WatchHead
		lines := json.NewDecoder(body)
		if err := lines.Decode(&head); err != nil {
			return err
		}
		pieces, left, broke := make(chan Passed), make(chan struct{}), make(chan error, 1)
		defer close(left)
		go func() {
			defer close(pieces)
			for {
				var p Passed
				if err := lines.Decode(&p); err != nil {
					broke <- err
					return
				}
				select {
				case pieces <- p:
				case <-left:
					broke <- nil
					return
				}
			}
		}()
		if err := use(head, pieces); err != nil {
			return err
		}
		select {
		case err := <-broke:
			return fmt.Errorf("the daemon has ended: %w", err)
		default:
			return nil
		}
	})
}

// Open asks the rules to open a door, once, and waits for the result.
func (c Client) Open(door int, by string) (Opened, error) {
	return ask[Opened](c, fmt.Sprintf("/doors/%d/open", door), opening{By: by})
}

// Inspected declares that somebody has found doors empty; no door means all except those with a parcel.
func (c Client) Inspected(doors []int, by string) (Inspected, error) {
	return ask[Inspected](c, "/doors/inspected", inspection{Doors: doors, By: by})
}

// Clock reports the time, and whether it is believed.
func (c Client) Clock() (ClockState, error) { return get[ClockState](c, "/clock") }

// CorrectClock declares the PC's clock right.
func (c Client) CorrectClock(at time.Time, by string) error {
	return c.tell("/clock/correct", correction{At: at, By: by})
}

// Cloud reports the state of the link to the broker.
func (c Client) Cloud() (CloudState, error) { return get[CloudState](c, "/cloud") }

// Guards reports the state of the guards against guessing.
func (c Client) Guards() (locker.Guards, error) { return get[locker.Guards](c, "/guards") }

// ClearGuards lets everybody try again at once.
func (c Client) ClearGuards(by string) error { return c.tell("/guards/clear", clearing{By: by}) }

// Waiting are the parcels in the cabinet, with their boxes for the operator.
func (c Client) Waiting() ([]WaitingParcel, error) { return get[[]WaitingParcel](c, "/codes") }

// Technicians are those of the configuration, and enrolled ones who are no longer in it.
func (c Client) Technicians() ([]TechnicianState, error) {
	return get[[]TechnicianState](c, "/technicians")
}

// Invite invites a technician to enrol. Its answer cannot be requested again.
func (c Client) Invite(technician string) (credential.Invitation, error) {
	return ask[credential.Invitation](c, "/technicians/"+url.PathEscape(technician)+"/invite", struct{}{})
}

// Remove forgets a technician's PIN and app.
func (c Client) Remove(technician string) error {
	return c.tell("/technicians/"+url.PathEscape(technician)+"/remove", struct{}{})
}

// Verify has every record of the journal checked.
func (c Client) Verify() (Verification, error) { return get[Verification](c, "/journal/verify") }

// Records calls each with the public lines after a record.
func (c Client) Records(after uint64, each func(line []byte) error) error {
	return c.talk(http.MethodGet, "/journal/records?after="+strconv.FormatUint(after, 10), nil, 0, func(body io.Reader) error {
		lines := bufio.NewScanner(body)
		lines.Buffer(nil, 1<<20)
		for lines.Scan() {
			if err := each(lines.Bytes()); err != nil {
				return err
			}
		}
		return lines.Err()
	})
}

// Backup has a backup made.
func (c Client) Backup() error { return c.tell("/journal/backup", struct{}{}) }

// RotateMaster has everything re-encrypted under a new master key.
func (c Client) RotateMaster() error { return c.tell("/keys/rotate", struct{}{}) }

// Get reads an answer, however long it takes.
func (c Client) Get(path string, read func(io.Reader) error) error {
	return c.talk(http.MethodGet, path, nil, 0, read)
}

// get is Get for JSON.
func get[T any](c Client, path string) (answer T, err error) {
	err = c.talk(http.MethodGet, path, nil, 0, func(r io.Reader) error { return json.NewDecoder(r).Decode(&answer) })
	return answer, err
}

// ask requests an action whose result is the answer.
func ask[T any](c Client, path string, body any) (answer T, err error) {
	err = c.post(path, body, func(r io.Reader) error { return json.NewDecoder(r).Decode(&answer) })
	return answer, err
}

// tell requests an action without a result.
func (c Client) tell(path string, body any) error {
	return c.post(path, body, func(io.Reader) error { return nil })
}

func (c Client) post(path string, body any, read func(io.Reader) error) error {
	data, err := json.Marshal(body)
	if err != nil {
		return err
	}
	return c.talk(http.MethodPost, path, bytes.NewReader(data), askPatience, read)
}

// talk exchanges one request with the daemon; a patience of 0 never ends.
func (c Client) talk(method, path string, body io.Reader, patience time.Duration, read func(io.Reader) error) error {
	client := &http.Client{Timeout: patience, Transport: &http.Transport{
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "unix", c.socket)
		}}}
	defer client.CloseIdleConnections()
	request, err := http.NewRequest(method, "http://lockerd"+path, body)
	if err != nil {
		return err
	}
	request.Header.Set("Content-Type", "application/json")
	answer, err := client.Do(request)
	if errors.Is(err, syscall.ECONNREFUSED) || errors.Is(err, fs.ErrNotExist) {
		return ErrNotRunning
	}
	if err != nil {
		return fmt.Errorf("the daemon does not answer on %s: %w", c.socket, err)
	}
	defer answer.Body.Close()
	if answer.StatusCode/100 != 2 {
		why, _ := io.ReadAll(io.LimitReader(answer.Body, 4096))
		return fmt.Errorf("the daemon says: %s", strings.TrimSpace(string(why)))
	}
	return read(answer.Body)
}

// Owners are the parts of the cabinet that run.
func (c Client) Owners() ([]OwnerState, error) { return get[[]OwnerState](c, "/owners") }

// Profile copies a profile of the running cabinet: "cpu" over a time of whole seconds, or another of runtime/pprof's.
func (c Client) Profile(kind string, lasts time.Duration, to io.Writer) error {
	path := "/debug/pprof/" + url.PathEscape(kind)
	if kind == "cpu" {
		path = fmt.Sprintf("/debug/pprof/profile?seconds=%d", max(1, int(lasts.Seconds())))
	}
	return c.talk(http.MethodGet, path, nil, 0, func(r io.Reader) error {
		_, err := io.Copy(to, r)
		return err
	})
}
