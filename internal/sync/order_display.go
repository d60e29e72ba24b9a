package sync

import (
	"errors"
	"fmt"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

// readPlaylist reads everything but whether the addresses may be used, which package remote knows.
func readPlaylist(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.PutPlaylist
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Playlist = &locker.PlaylistOrder{Version: body.Version}
	if len(body.Pictures) > contract.MaxPictures {
		return fmt.Errorf("body: pictures: must be at most %d", contract.MaxPictures)
	}
	total := int64(0)
	for i, p := range body.Pictures {
		one, err := readPicture(p)
		if err != nil {
			return fmt.Errorf("body: pictures: %d: %w", i+1, err)
		}
		o.Playlist.Pictures = append(o.Playlist.Pictures, one)
		total += one.Bytes
	}
	if total > contract.MaxPlaylist {
		return fmt.Errorf("body: pictures: must have at most %d bytes together", contract.MaxPlaylist)
	}
	return nil
}

func readPicture(p contract.Picture) (locker.Picturing, error) {
	one := locker.Picturing{URL: p.URL, SHA256: p.SHA256, Bytes: p.Bytes, Seconds: p.Seconds, From: minute(p.From), Until: minute(p.Until)}
	switch {
	case !contract.IsHash(p.SHA256):
		return one, errors.New("sha256: must be 64 lower-case hex digits")
	case p.Bytes < 1 || p.Bytes > contract.MaxPicture:
		return one, fmt.Errorf("bytes: must be 1 to %d", contract.MaxPicture)
	case p.Seconds < contract.LeastShown || p.Seconds > contract.MostShown:
		return one, fmt.Errorf("seconds: must be %d to %d", contract.LeastShown, contract.MostShown)
	case (p.From == "") != (p.Until == "") || p.From != "" && p.From == p.Until:
		return one, errors.New("from and until: both, and two different times, or none")
	}
	return one, nil
}

// minute is a time of day that contract.Check has passed, in minutes since midnight.
func minute(text string) int {
	at, _ := time.Parse("15:04", text)
	return at.Hour()*60 + at.Minute()
}

func readNotice(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.PutNotice
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Notice = &locker.NoticeOrder{From: date(body.From), Until: date(body.Until)}
	if !body.Until.IsZero() && !body.From.Before(body.Until) {
		return errors.New("body: until: must be after from")
	}
	var err error
	o.Notice.Texts, err = readTexts("body: texts", body.Texts)
	return err
}

// readTexts reads a text in several languages.
func readTexts(in string, list []contract.Wording) (texts []locker.NoticeText, err error) {
	if len(list) > contract.MaxTexts {
		return nil, fmt.Errorf("%s: must be at most %d", in, contract.MaxTexts)
	}
	seen := map[string]bool{}
	for _, t := range list {
		if seen[t.Language] {
			return nil, fmt.Errorf("%s: a language is named twice", in)
		}
		seen[t.Language] = true
		texts = append(texts, locker.NoticeText(t))
	}
	return texts, nil
}
