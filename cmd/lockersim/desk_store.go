package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"
)

// withPickup is the list of pickups after an event.
func withPickup(codes map[string]Pickup, e DeskEvent, token func(parcel string, at time.Time) string) map[string]Pickup {
	var about struct {
		Parcel   string `json:"parcel"`
		Tracking string `json:"tracking"`
		Door     int    `json:"door"`
	}
	status := map[string]string{
		"parcel.stored": "stored", "parcel.disputed": "stored",
		"parcel.collected": "collected", "parcel.expired": "expired", "parcel.recalled": "taken back",
		"parcel.handed_over": "handed over",
	}[e.Kind]
	if status == "" || json.Unmarshal(e.Event, &about) != nil {
		return codes
	}
	if e.Kind == "parcel.stored" {
		codes = maps.Clone(codes)
		if codes == nil {
			codes = map[string]Pickup{}
		}
		codes[about.Tracking] = Pickup{
			Tracking: about.Tracking, Parcel: about.Parcel, Door: about.Door, Phone: e.Phone, Code: e.Code,
			QR: "LD1:" + e.Code, Token: token(about.Parcel, e.At), Status: status,
		}
		return codes
	}
	for tracking, p := range codes {
		if p.Parcel == about.Parcel {
			if e.Kind == "parcel.disputed" && p.Status == "taken back" {
				p.Status = "expired" // it was left there: it is what it was before
			} else {
				p.Status = status
			}
			codes = maps.Clone(codes)
			codes[tracking] = p
		}
	}
	return codes
}

// withAnnounced is the list of parcels that are to come after an event.
func withAnnounced(list []string, e DeskEvent) []string {
	var about struct {
		Tracking string `json:"tracking"`
	}
	if json.Unmarshal(e.Event, &about) != nil {
		return list
	}
	switch e.Kind {
	case "parcel.announced":
		return append(slices.Clip(list), about.Tracking)
	case "parcel.stored":
		return slices.DeleteFunc(slices.Clone(list), func(t string) bool { return t == about.Tracking })
	}
	return list
}

// store is the file of payloads, one JSON line each.
type store struct {
	file *os.File
	end  int64 // of the last line that is whole
}

// openStore opens the file of payloads, gives back what is in it, and cuts off a last line that was not finished.
func openStore(path string) (*store, [][]byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, nil, fmt.Errorf("desk: open store: %w", err)
	}
	data, err := os.ReadFile(path)
	if err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("desk: read store: %w", err)
	}
	var payloads [][]byte
	s := &store{file: f}
	for line := range bytes.Lines(data) {
		var payload string
		if !bytes.HasSuffix(line, []byte{'\n'}) || json.Unmarshal(line, &payload) != nil {
			break
		}
		payloads = append(payloads, []byte(payload))
		s.end += int64(len(line))
	}
	if err := f.Truncate(s.end); err != nil {
		f.Close()
		return nil, nil, fmt.Errorf("desk: cut store: %w", err)
	}
	return s, payloads, nil
}

// keep writes a payload to the store and waits until it is on the disk. After an error nothing of it is there.
func (s *store) keep(payload []byte) error {
	line, err := json.Marshal(string(payload))
	if err != nil {
		return fmt.Errorf("desk: keep event: %w", err)
	}
	line = append(line, '\n')
	_, err = s.file.WriteAt(line, s.end)
	if err == nil {
		err = s.file.Sync()
	}
	if err != nil {
		return fmt.Errorf("desk: keep event: %w", errors.Join(err, s.file.Truncate(s.end)))
	}
	s.end += int64(len(line))
	return nil
}

func (s *store) close() error { return s.file.Close() }
