package orders

import (
	"crypto/rand"
	"encoding/base64"

	"lockerd/internal/contract"
	"lockerd/internal/desk"
	"lockerd/internal/desk/books"
	"lockerd/internal/locker"
)

// Stills is the order that has a parcel's photos brought to an address of this desk, which cannot be guessed and takes one file.
func Stills(p desk.Parcel, public string) Order {
	var secret [16]byte
	_, _ = rand.Read(secret[:]) // never fails
	to := &books.StillsTo{Parcel: p.ID, Link: base64.RawURLEncoding.EncodeToString(secret[:])}
	return Order{Cabinet: p.Cabinet, Kind: "evidence.upload", Stills: to,
		Body: contract.Upload{Parcel: p.ID, URL: public + "/up/" + to.Link, Method: locker.UploadPut}}
}
