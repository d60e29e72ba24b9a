package credential

import "errors"

// orderType is the "typ" of a signed order's header: a token is never an order, nor an order a token.
const orderType = "lockerd-order"

// ErrNoOrder says that something else than an order was signed.
var ErrNoOrder = errors.New("signed, but not as an order")

// Order verifies an order of the cloud, a JWS in its compact form, and says whose it is. What is returned is what was
// signed, no more: when and where it is meant is in there, for others to judge.
func (s *Issuers) Order(compact []byte) (payload []byte, issuer string, err error) {
	v, err := s.verify(string(compact), SignsOrders)
	switch {
	case err != nil:
		return nil, "", err
	case v.kind != orderType:
		return nil, "", ErrNoOrder
	}
	return v.payload, v.issuer, nil
}

// Order signs an order of the cloud (docs/cloud.md).
func (s *Signer) Order(payload []byte) (string, error) { return s.Sign(payload, orderType) }
