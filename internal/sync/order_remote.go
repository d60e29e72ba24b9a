package sync

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/contract"
	"lockerd/internal/locker"
)

func readConfig(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.PutConfig
	if err := readBody(e, &body); err != nil {
		return err
	}
	sum := sha256.Sum256([]byte(body.TOML))
	trial := time.Duration(0)
	if body.Trial != "" {
		var err error
		if trial, err = time.ParseDuration(body.Trial); err != nil || trial < contract.LeastTrial || trial > contract.MostTrial {
			return fmt.Errorf("body: trial: must be a time between %s and %s, as \"5m\"", contract.LeastTrial, contract.MostTrial)
		}
	}
	o.Config = &locker.ConfigOrder{Version: body.Version, SHA256: body.SHA256, Text: body.TOML, Trial: trial}
	switch {
	case len(body.TOML) == 0 || len(body.TOML) > contract.MaxConfig:
		return fmt.Errorf("body: toml: must have 1 to %d bytes", contract.MaxConfig)
	case body.SHA256 != hex.EncodeToString(sum[:]):
		return errors.New("body: sha256: is not the hash of toml, in 64 lower-case hex digits")
	}
	return nil
}

func readRestart(o *locker.Order, e contract.Order, _ Secrets) error {
	o.Restart = &locker.RestartOrder{}
	return readBody(e, &contract.Restart{})
}

func readReport(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.AskReport
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Report = &locker.ReportOrder{From: date(body.From), Until: date(body.Until)}
	if !body.Until.IsZero() && body.Until.Before(body.From) {
		return errors.New("body: until: is before from")
	}
	return nil
}

func readUpload(o *locker.Order, e contract.Order, _ Secrets) error {
	var body contract.Upload
	if err := readBody(e, &body); err != nil {
		return err
	}
	o.Upload = &locker.UploadOrder{Photo: body.Photo, SHA256: body.SHA256, Parcel: body.Parcel, Door: body.Door, From: date(body.From),
		Until: date(body.Until), URL: body.URL, Method: body.Method}
	named := 0
	for _, by := range []bool{body.Photo != "", body.SHA256 != "", body.Parcel != "", body.Door != 0} {
		if by {
			named++
		}
	}
	switch spans := !body.From.IsZero() && body.From.Before(body.Until); {
	case named != 1:
		return errors.New("body: must name a photo, a sha256, a parcel or a door, and one of them only")
	case body.Door != 0 && !spans:
		return errors.New("body: a door needs from and until")
	case body.Door == 0 && (!body.From.IsZero() || !body.Until.IsZero()):
		return errors.New("body: from and until are of a door")
	case body.Door < 0 || body.Door > contract.MaxDoor:
		return errors.New("body: door: there is no such number")
	}
	return nil
}
