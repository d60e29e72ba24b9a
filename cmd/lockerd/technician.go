package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"
	"time"

	"lockerd/internal/credential"
	"lockerd/internal/qrcode"
)

type technicianCommand struct {
	Invite technicianInvite `cmd:"" help:"Invite a technician to choose a PIN at the kiosk: prints what they need, once."`
	List   technicianList   `cmd:"" help:"Say who has enrolled and who is invited."`
	Remove technicianRemove `cmd:"" help:"Forget a technician's PIN and app; they cannot sign in any more."`
}

type technicianInvite struct {
	configFlag
	jsonFlag
	ID string `arg:"" help:"The technician's id in the configuration."`
}

// Run prints what nobody will be told again.
func (c *technicianInvite) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	in, err := daemon.Invite(c.ID)
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(in)
	}
	return printInvitation(os.Stdout, c.ID, in)
}

// printInvitation prints an invitation for a person, with what to do.
func printInvitation(w io.Writer, id string, in credential.Invitation) error {
	picture, err := qrcode.HalfBlocks(in.URL)
	if err != nil {
		return err
	}
	var b strings.Builder
	fmt.Fprintf(&b, "For %s, once, within 24 hours. Nobody can show it again.\n\n", id)
	fmt.Fprintf(&b, "1. In an authenticator app on the phone, scan this:\n\n%s\n   %s\n\n", picture, in.URL)
	fmt.Fprintf(&b, "2. At the kiosk, hold the hidden corner for two seconds and type:  %s\n\n", inGroups(in.Secret))
	fmt.Fprintf(&b, "3. Keep these apart from the phone; each does once instead of the app's code:\n\n")
	for _, code := range in.Recovery {
		fmt.Fprintf(&b, "   %s\n", inGroups(code))
	}
	_, err = io.WriteString(w, b.String())
	return err
}

// inGroups puts a blank after every fourth digit, as the kiosk shows them.
func inGroups(digits string) string {
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && i%4 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

type technicianList struct {
	configFlag
	jsonFlag
}

func (c *technicianList) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	list, err := daemon.Technicians()
	if err != nil {
		return err
	}
	if c.JSON {
		return json.NewEncoder(os.Stdout).Encode(list)
	}
	out := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	for _, k := range list {
		role, is := string(k.Role), "not enrolled"
		if role == "" {
			role = "(not in the configuration)"
		}
		if k.Enrolled {
			is = "enrolled"
		}
		if !k.Invited.IsZero() {
			is += ", invited until " + k.Invited.Local().Format(time.DateTime)
		}
		fmt.Fprintf(out, "%s\t%s\t%s\t%s\n", k.ID, k.Name, role, is)
	}
	return out.Flush()
}

type technicianRemove struct {
	configFlag
	ID string `arg:"" help:"The technician's id."`
}

func (c *technicianRemove) Run() error {
	daemon, err := c.daemon()
	if err != nil {
		return err
	}
	return daemon.Remove(c.ID)
}
