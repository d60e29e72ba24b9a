package remote

import (
	"archive/tar"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/locker"
)

// Photos finds and opens the photos that the journal tells of.
type Photos struct {
	Journal interface {
		Outgoing(after uint64, most int) ([]locker.Outgoing, error)
		Last() (epoch string, seq uint64)
	}
	// Open returns the JPEG of a photo.
	Open func(name string, key []byte) ([]byte, error)
}

// Limits of one upload.
const (
	mostPhotos = 200
	mostBytes  = 32 << 20
	pageOf     = 500 // records that are looked at together
)

// photo is a record of a photo, and a line of the list in an upload.
type photo struct {
	Seq    uint64    `json:"seq"`
	At     time.Time `json:"at"`
	Photo  string    `json:"photo"`
	SHA256 string    `json:"sha256"` // as in photo.kept: of the file on the cabinet's disk
	Parcel string    `json:"parcel,omitempty"`
	Door   int       `json:"door"`
	Moment string    `json:"moment"`
	// Gone is why the photo is not there: it was erased, or its file is damaged.
	Gone string `json:"gone,omitempty"`
	key  []byte
}

// ending is a reason why an upload ends without a result.
type ending struct {
	why    locker.EvidenceEnd
	detail string
}

func (e ending) Error() string { return string(e.why) + ": " + e.detail }

// BySeq opens the photo of a record.
func (p Photos) BySeq(seq uint64) ([]byte, error) {
	records, err := p.Journal.Outgoing(seq-1, 1)
	if err != nil {
		return nil, err
	}
	if len(records) == 0 || records[0].Seq != seq {
		return nil, fmt.Errorf("photo: there is no record %d", seq)
	}
	one, ok := photoOf(records[0])
	switch {
	case !ok:
		return nil, fmt.Errorf("photo: record %d is of no photo", seq)
	case len(one.key) == 0:
		return nil, errors.New("photo: erased")
	}
	return p.Open(one.Photo, one.key)
}

func photoOf(r locker.Outgoing) (photo, bool) {
	var public struct {
		At    time.Time        `json:"at"`
		Event locker.PhotoKept `json:"event"`
	}
	if r.Kind != (locker.PhotoKept{}).Kind() || json.Unmarshal(r.Public, &public) != nil {
		return photo{}, false
	}
	e := public.Event
	return photo{Seq: r.Seq, At: public.At, Photo: e.Photo, SHA256: e.SHA256, Parcel: e.Parcel, Door: e.Door, Moment: string(e.Moment),
		key: r.Personal.Key}, true
}

// wanted says that a photo is one of those that are asked for.
func wanted(e locker.EvidenceAsked, p photo) bool {
	switch {
	case e.Photo != "":
		return p.Photo == e.Photo
	case e.SHA256 != "":
		return p.SHA256 == e.SHA256
	case e.Parcel != "":
		return p.Parcel == e.Parcel
	}
	return p.Door == e.Door && !p.At.Before(e.From) && !p.At.After(e.Until)
}

// find is the photos that are asked for, the oldest first.
func (p Photos) find(ctx context.Context, e locker.EvidenceAsked) (list []photo, err error) {
	_, last := p.Journal.Last()
	for after := uint64(0); after < last && ctx.Err() == nil; {
		records, err := p.Journal.Outgoing(after, pageOf)
		if err != nil {
			return nil, ending{locker.EvidenceNotKnown, err.Error()}
		}
		if len(records) == 0 {
			break
		}
		for _, r := range records {
			if one, ok := photoOf(r); ok && wanted(e, one) {
				list = append(list, one)
			}
		}
		after = records[len(records)-1].Seq
	}
	switch {
	case ctx.Err() != nil:
		return nil, ctx.Err()
	case len(list) == 0:
		return nil, ending{locker.EvidenceNone, "no photo.kept of the journal is such a one"}
	case len(list) > mostPhotos:
		return nil, ending{locker.EvidenceTooMuch, fmt.Sprintf("%d photos, where %d go into one upload", len(list), mostPhotos)}
	}
	return list, nil
}

// bundle is the photos that are asked for as one tar: list.json, then the JPEGs by their names.
func (p Photos) bundle(ctx context.Context, e locker.EvidenceAsked) (file []byte, photos, gone int, err error) {
	list, err := p.find(ctx, e)
	if err != nil {
		return nil, 0, 0, err
	}
	pictures, total := make([][]byte, len(list)), 0
	for i := range list {
		if len(list[i].key) == 0 {
			list[i].Gone = "erased"
		} else if pictures[i], err = p.Open(list[i].Photo, list[i].key); err != nil {
			list[i].Gone = "not on the disk, or damaged"
		}
		if list[i].Gone != "" {
			gone++
		}
		total += len(pictures[i])
	}
	if gone == len(list) {
		return nil, 0, 0, ending{locker.EvidenceLost, fmt.Sprintf("%d photos are erased, not on the disk, or damaged", gone)}
	}
	if total > mostBytes {
		return nil, 0, 0, ending{locker.EvidenceTooMuch, fmt.Sprintf("%d MB, where %d go into one upload", total>>20, mostBytes>>20)}
	}
	file, err = tarOf(list, pictures)
	return file, len(list) - gone, gone, err
}

func tarOf(list []photo, pictures [][]byte) ([]byte, error) {
	var b bytes.Buffer
	w := tar.NewWriter(&b)
	text, err := json.Marshal(list)
	if err != nil {
		return nil, err
	}
	add := func(name string, at time.Time, data []byte) {
		if err == nil {
			err = w.WriteHeader(&tar.Header{Name: name, Mode: 0o600, Size: int64(len(data)), ModTime: at.Truncate(time.Second)})
		}
		if err == nil {
			_, err = w.Write(data)
		}
	}
	add("list.json", list[len(list)-1].At, text)
	for i, p := range list {
		if p.Gone == "" {
			add(p.Photo, p.At, pictures[i])
		}
	}
	return b.Bytes(), errors.Join(err, w.Close())
}
