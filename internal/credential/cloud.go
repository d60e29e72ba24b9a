package credential

import "errors"

// The "typ" in the header of what the cloud signs: it prevents an order from being used as an ack, or either as a token.
const (
	orderType = "lockerd-order"
	ackType   = "lockerd-ack"
)

// What was signed, but as something else.
var (
	ErrNoOrder = errors.New("signed, but not as an order")
	ErrNoAck   = errors.New("signed, but not as an ack")
)

// Order verifies an order of the cloud, a JWS in compact form, and returns its issuer. The payload is exactly what was
// signed; others judge its times and its cabinet.
func (s *Issuers) Order(compact []byte) (payload []byte, issuer string, err error) {
	return s.said(compact, SignsOrders, orderType, ErrNoOrder)
}

// Ack verifies an ack of the cloud, in the same form.
func (s *Issuers) Ack(compact []byte) (payload []byte, issuer string, err error) {
	return s.said(compact, SignsAcks, ackType, ErrNoAck)
}

func (s *Issuers) said(compact []byte, what, kind string, other error) (payload []byte, issuer string, err error) {
	v, err := s.verify(string(compact), what)
	switch {
	case err != nil:
		return nil, "", err
	case v.kind != kind:
		return nil, "", other
	}
	return v.payload, v.issuer, nil
}

// Order signs an order of the cloud (docs/cloud.md).
func (s *Signer) Order(payload []byte) (string, error) { return s.Sign(payload, orderType) }

// Ack signs an ack of the cloud (docs/cloud.md).
func (s *Signer) Ack(payload []byte) (string, error) { return s.Sign(payload, ackType) }
