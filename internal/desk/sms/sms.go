// Package sms hands short messages for recipients to a gateway, by shoutrrr's services. It owns no notice and no number: the post has
// both from the books. The gateway's address holds its secret, and with the number it is personal: neither is in a log or an error.
package sms

import (
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"lockerd/internal/desk/shout"
)

// here is where the recipient's number goes in the gateway's address.
const here = "{phone}"

// A number as ITU-T E.164 has it: a country code and a subscriber's number of at most 15 digits.
var number = regexp.MustCompile(`^\+[1-9][0-9]{6,14}$`)

// ErrNumber says that a number is none that a gateway could reach: another try does not help.
var ErrNumber = errors.New("sms: no number with its country code, as +4915112345678")

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
	lines, err := shout.Lines(c.GatewayFile)
	if err != nil {
		return nil, fmt.Errorf("sms: gateway_file: %w", err)
	}
	if len(lines) != 1 || strings.Count(lines[0].Text, here) != 1 {
		return nil, fmt.Errorf("sms: gateway_file: %s must have one address with the number's place, %s, once", c.GatewayFile, here)
	}
	g := &Gateway{lines[0].Text, c.Country}
	if !shout.Known(g.to("+4915112345678")) {
		return nil, fmt.Errorf("sms: gateway_file: %s holds no address of a service that shoutrrr knows", c.GatewayFile)
	}
	return g, nil
}

// Validate says what is wrong with the settings.
func (c Config) Validate() error {
	_, err := c.Open()
	return err
}

// Can says whether a message to a number can be tried.
func (g *Gateway) Can(phone string) bool { return g != nil && phone != "" }

func (g *Gateway) to(phone string) string {
	return strings.Replace(g.address, here, url.QueryEscape(phone), 1)
}

// written is what only people read in a number, and inland what they do not dial with its country.
var (
	written = strings.NewReplacer(" ", "", "-", "", "/", "", ".", "", "(", "", ")", "")
	inland  = regexp.MustCompile(`\(\s*0\s*\)`)
)

// bare is a number without what only people read.
func bare(phone string) string {
	digits := written.Replace(phone)
	abroad, way := strings.CutPrefix(digits, "00")
	if !way && !strings.HasPrefix(digits, "+") {
		return digits
	}
	if place := inland.FindString(phone); place != "" {
		abroad, _ = strings.CutPrefix(written.Replace(strings.Replace(phone, place, "", 1)), "00")
	}
	return "+" + strings.TrimPrefix(abroad, "+")
}

// Same says that two texts are one number, as far as that can be told: with country codes, or as both were given.
func (c Config) Same(a, b string) bool {
	g := &Gateway{country: c.Country}
	one, err := g.whole(a)
	other, wrong := g.whole(b)
	if err == nil && wrong == nil {
		return one == other
	}
	return err != nil && wrong != nil && bare(a) != "" && bare(a) == bare(b)
}

// whole is a number as E.164 has it, if it can be made one: without what only people read, and with its country. A number that begins with
// the digits of its country but no plus can be read in two ways, one of which is a stranger's: it is none.
func (g *Gateway) whole(phone string) (string, error) {
	phone = bare(phone)
	if !strings.HasPrefix(phone, "+") && g.country != "" && !strings.HasPrefix(phone, g.country) {
		phone = "+" + g.country + strings.TrimPrefix(phone, "0") // the zero is for calls within the country
	}
	if !number.MatchString(phone) {
		return "", ErrNumber
	}
	return phone, nil
}

// Send hands a message over. Its errors are ErrNumber and shout's.
func (g *Gateway) Send(phone, text string) error {
	phone, err := g.whole(phone)
	if err != nil {
		return err
	}
	if err := shout.Send(g.to(phone), text); err != nil {
		return fmt.Errorf("sms: the gateway: %w", err)
	}
	return nil
}
