// Package sms hands short messages for recipients to a gateway, by shoutrrr's services. It owns no notice and no number: the post has
// both from the books. The gateway's address holds its secret, and with the number it is personal: neither is in a log or an error.
package sms

import (
	"errors"
	"fmt"
	"io"
	"log"
	"net/url"
	"os"
	"regexp"
	"strings"

	"github.com/nicholas-fedor/shoutrrr"
)

// here is where the recipient's number goes in the gateway's address.
const here = "{phone}"

// A number as ITU-T E.164 has it: a country code and a subscriber's number of at most 15 digits.
var number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// ErrNumber says that a number is none that a gateway could reach: another try does not help.
var ErrNumber = errors.New("sms: no number with its country code, as +4915112345678")

// errRefused says no more than that: what the gateway answered may repeat its address.
var errRefused = errors.New("sms: the gateway cannot be reached or does not take the message: is its address right?")

// Config says through which gateway.
type Config struct {
	// GatewayFile has the gateway's address in its one line, as shoutrrr reads it, with {phone} where the number goes. Only the user that
	// runs lockerdesk may read the file. Empty: recipients get no short messages.
	GatewayFile string `toml:"gateway_file"`
	// Country is the code of numbers that were given without one, as "49". Empty: those are not tried.
	Country string `toml:"country"`
}

// Gateway sends. A nil one sends nothing: Can is false.
type Gateway struct{ address, country string }

// Open reads the gateway's address; nil where there is none. Its errors repeat nothing of it.
func (c Config) Open() (*Gateway, error) {
	if c.GatewayFile == "" {
		return nil, nil
	}
	if strings.Trim(c.Country, "0123456789") != "" || len(c.Country) > 3 || strings.HasPrefix(c.Country, "0") {
		return nil, errors.New(`sms: country: is the digits of a country's code, as "49"`)
	}
	info, err := os.Stat(c.GatewayFile)
	if err != nil {
		return nil, fmt.Errorf("sms: gateway_file: %w", err)
	}
	if info.Mode().Perm()&0o007 != 0 {
		return nil, fmt.Errorf("sms: gateway_file: everybody may read %s: chmod o= it", c.GatewayFile)
	}
	text, err := os.ReadFile(c.GatewayFile)
	if err != nil {
		return nil, fmt.Errorf("sms: gateway_file: %w", err)
	}
	g := &Gateway{strings.TrimSpace(string(text)), c.Country}
	if strings.Count(g.address, here) != 1 {
		return nil, fmt.Errorf("sms: gateway_file: %s must have the number's place, %s, once", c.GatewayFile, here)
	}
	if _, err := shoutrrr.NewSender(silent, g.to("+4915112345678")); err != nil {
		return nil, fmt.Errorf("sms: gateway_file: %s holds no address of a service that shoutrrr knows", c.GatewayFile)
	}
	return g, nil
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	_, err := c.Open()
	return err
}

// silent takes what shoutrrr would log: it may hold an address.
var silent = log.New(io.Discard, "", 0)

// Can says whether a message to a number can be tried.
func (g *Gateway) Can(phone string) bool { return g != nil && phone != "" }

func (g *Gateway) to(phone string) string {
	return strings.Replace(g.address, here, url.QueryEscape(phone), 1)
}

// whole is a number as E.164 has it, if it can be made one: without what only people read, and with its country.
func (g *Gateway) whole(phone string) (string, error) {
	phone = strings.NewReplacer(" ", "", "-", "", "/", "", ".", "", "(", "", ")", "").Replace(phone)
	if abroad, ok := strings.CutPrefix(phone, "00"); ok {
		phone = "+" + abroad
	} else if !strings.HasPrefix(phone, "+") && g.country != "" {
		phone = "+" + g.country + strings.TrimPrefix(phone, "0") // the zero is for calls within the country
	}
	if !number.MatchString(phone) {
		return "", ErrNumber
	}
	return phone, nil
}

// Send hands a message over. It is at the gateway when Send returns nil, and may be there otherwise, if the answer was lost.
func (g *Gateway) Send(phone, text string) error {
	phone, err := g.whole(phone)
	if err != nil {
		return err
	}
	sender, err := shoutrrr.NewSender(silent, g.to(phone))
	if err != nil {
		return errRefused
	}
	for _, err := range sender.Send(text, nil) {
		if err != nil {
			return errRefused
		}
	}
	return nil
}
