package checkup

import (
	"context"
	"errors"
	"fmt"
	"time"

	"lockerd/internal/cabinet"
	"lockerd/internal/credential"
	"lockerd/internal/sync"
)

// cloudPatience is how long a broker may take to answer `lockerd check`.
const cloudPatience = 15 * time.Second

// cloud checks what a start checks (sync.Check), and then the broker itself.
func (k *checkup) cloud(cfg *cabinet.Config) {
	if cfg.Cloud.Broker == "" {
		var err error
		if !cfg.CodesArrive() {
			err = cfg.Located(errors.New(`codes: no broker is configured, so no code reaches a recipient, and couriers cannot bring parcels: ` +
				`set codes = "operator" to give them out yourself (lockerd codes list)`))
		}
		k.say(err, "how pickup codes reach recipients")
		k.note("no broker is configured: nobody hears of the parcels but by hand")
		return
	}
	err := sync.Check(cfg.Cabinet, cfg.Cloud, cfg.Password)
	if err != nil {
		err = cfg.Located(err)
	}
	k.say(err, "[cloud]: settings, the cabinet's name in the topics, password and certificates")
	k.certificate(cfg)
	if err == nil {
		k.broker(cfg)
	}
	issuers, err := credential.NewIssuers(cfg.Issuers)
	switch {
	case cfg.Cloud.AllowUnsigned:
		k.note("orders that nobody signed are followed (cloud.allow_unsigned): whoever has the broker opens the doors")
	case err == nil && !issuers.Sign(credential.SignsOrders):
		k.note("nobody may sign orders ([[issuer]]): every order from the cloud is refused")
	}
	switch {
	case cfg.Cloud.Confirm == sync.ConfirmBroker:
		k.note("the broker's word is enough (cloud.confirm): what it throws away is lost to the cloud")
	case cfg.Cloud.AllowUnsignedAcks:
		k.note("acks that nobody signed count (cloud.allow_unsigned_acks): whoever has the broker can have events forgotten " +
			"that the cloud never got")
	case err == nil && !issuers.Sign(credential.SignsAcks):
		k.note("nobody may sign acks ([[issuer]]): the cabinet keeps every event and sends it again and again")
	}
}

// broker says whether the broker accepts the cabinet: by asking the running daemon, which alone may connect while it runs,
// or by connecting as it would.
func (k *checkup) broker(cfg *cabinet.Config) {
	state, err := cfg.Client().Cloud()
	switch {
	case errors.Is(err, cabinet.ErrNotRunning):
		ctx, cancel := context.WithTimeout(context.Background(), cloudPatience)
		defer cancel()
		err = sync.Try(ctx, cfg.Cabinet, cfg.Cloud, cfg.Password)
		k.say(err, "broker %s takes the cabinet", cfg.Cloud.Broker)
	case err != nil:
		k.say(err, "the link to broker %s", cfg.Cloud.Broker)
	case state.Since.IsZero():
		why := state.Why
		if why == "" {
			why = "lockerd has just begun to connect: ask again"
		}
		k.say(errors.New(why), "lockerd is connected to broker %s", cfg.Cloud.Broker)
	default:
		k.say(nil, "lockerd is connected to broker %s since %s", cfg.Cloud.Broker, state.Since.Local().Format(time.DateTime))
	}
	for _, f := range state.Faults {
		k.say(errors.New(f.Why+": "+f.Do), "%s %s", f.Kind, f.What)
	}
}

// soonOver is how long before its expiry a certificate should have been renewed.
const soonOver = 7 * 24 * time.Hour

// certificate checks the cabinet's client certificate.
func (k *checkup) certificate(cfg *cabinet.Config) {
	pair, err := cfg.Cloud.Pair()
	switch {
	case err != nil:
		k.say(err, "the cabinet's certificate for the broker")
	case pair != nil:
		end := pair.Leaf.NotAfter
		if left := time.Until(end); left < 0 {
			err = errors.New("it has expired")
		} else if left < soonOver {
			err = fmt.Errorf("it ends in %d hours: renew it", int(left.Hours()))
		}
		k.say(err, "the cabinet's certificate for the broker, until %s", end.Format(time.DateOnly))
	}
}
