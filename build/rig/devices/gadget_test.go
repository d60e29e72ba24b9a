package devices_test

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

// gadget is a USB device at the other end of a host controller without metal: the kernel's
// Documentation/usb/gadget_configfs.rst.
type gadget struct {
	t          *testing.T
	dir        string
	controller string // "dummy_udc.0"
	plugged    bool
}

// newGadget describes a device, which is not plugged in yet.
func newGadget(t *testing.T, controller, product, serial string) *gadget {
	t.Helper()
	g := &gadget{t: t, dir: filepath.Join("/sys/kernel/config/usb_gadget", serial), controller: controller}
	for _, dir := range []string{"", "strings/0x409", "configs/c.1"} {
		g.make(dir)
	}
	for name, text := range map[string]string{
		"idVendor": "0x1d6b", "idProduct": "0x0104", // Linux Foundation, multifunction composite gadget
		"strings/0x409/manufacturer": "Maker", "strings/0x409/product": product, "strings/0x409/serialnumber": serial,
	} {
		put(t, filepath.Join(g.dir, name), text)
	}
	t.Cleanup(func() {
		if g.plugged {
			g.unplug()
		}
	})
	return g
}

func (g *gadget) make(dir string) {
	g.t.Helper()
	if err := os.MkdirAll(filepath.Join(g.dir, dir), 0o755); err != nil {
		g.t.Fatal(err)
	}
}

// function gives the device something that it can do: "acm.LOCKS2".
func (g *gadget) function(name string, settings map[string]string) {
	g.t.Helper()
	dir := filepath.Join("functions", name)
	g.make(dir)
	for setting, text := range settings {
		put(g.t, filepath.Join(g.dir, dir, setting), text)
	}
	err := os.Symlink(filepath.Join(g.dir, dir), filepath.Join(g.dir, "configs/c.1", name))
	if err != nil && !errors.Is(err, os.ErrExist) { // a test before had the same device
		g.t.Fatal(err)
	}
}

func (g *gadget) plug() {
	g.t.Helper()
	put(g.t, filepath.Join(g.dir, "UDC"), g.controller)
	g.plugged = true
}

func (g *gadget) unplug() {
	g.t.Helper()
	put(g.t, filepath.Join(g.dir, "UDC"), "\n")
	g.plugged = false
}
