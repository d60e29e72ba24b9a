package sync_test

import (
	"encoding/json"
	"errors"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	mqtt "github.com/eclipse/paho.mqtt.golang"

	"lockerd/internal/locker"
	link "lockerd/internal/sync"
	"lockerd/internal/sync/cloudtest"
)

// What Home Assistant allows in a device's discovery message: homeassistant/components/mqtt/schemas.py (DEVICE_DISCOVERY_SCHEMA and what it is made
// of) and the platforms' own options that are used here; a key that is none makes it refuse the whole message.
var (
	haTop       = []string{"availability", "availability_mode", "components", "device", "encoding", "origin", "qos", "state_topic"}
	haOfDevice  = []string{"configuration_url", "connections", "hw_version", "identifiers", "manufacturer", "model", "name", "serial_number", "suggested_area", "sw_version", "via_device"}
	haOfOrigin  = []string{"name", "support_url", "sw_version"}
	haOfEntity  = []string{"device_class", "entity_category", "icon", "name", "platform", "state_class", "state_topic", "unique_id", "unit_of_measurement", "value_template"}
	haPlatforms = []string{"binary_sensor", "sensor"} // those that can be read and no more
)

func keysIn(t *testing.T, what string, o map[string]any, allowed []string) {
	t.Helper()
	for key := range maps.Keys(o) {
		if !slices.Contains(allowed, key) {
			t.Errorf("%s: %s is no key of Home Assistant's", what, key)
		}
	}
}

// TestHomeAssistantFindsTheCabinet at a true broker with an access list as documented: by a retained message of the form that it knows,
// which only reads, and tells of nobody.
func TestHomeAssistantFindsTheCabinet(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	acl := filepath.Join(dir, "acl")
	text, err := os.ReadFile("../../docs/cloud.md")
	if err != nil {
		t.Fatal(err)
	}
	line := regexp.MustCompile(`(?m)^    pattern (write homeassistant/device/lockerd-%u/config)$`).FindSubmatch(text)
	if line == nil {
		t.Fatal("docs/cloud.md has no line of an access list for it")
	}
	rules := "topic read homeassistant/#\nuser demo-1\ntopic write lockerd/v1/demo-1/#\ntopic read lockerd/v1/demo-1/#\npattern " + string(line[1]) + "\n"
	if err := errors.Join(os.Chmod(dir, 0o755), os.WriteFile(acl, []byte(rules), 0o644)); err != nil {
		t.Fatal(err)
	}
	m := cloudtest.StartMosquitto(t, "acl_file "+acl)
	c := &cabinet{}
	l := link.New("demo-1", "1.0", link.Config{Broker: "mqtt://" + m.Addr, Topics: "lockerd/v1", Window: 8, Confirm: link.ConfirmCloud, Form: link.FormPlain,
		Username: "demo-1", KeepAlive: link.Wait(30 * time.Second), HomeAssistant: "homeassistant"}, password, c, c, newKeys(t), logTo(c))
	l.Report(locker.Summary{Cabinet: "demo-1", Service: "ok", Free: map[string]int{"S": 3, `X"L`: 0}, Seq: 41,
		Doors: []locker.DoorSummary{{Door: 7, State: locker.Open, Contents: "parcel"}}})
	run(t, l)
	messages := make(chan mqtt.Message, 100)
	eventually(t, "connected", func() bool { return !l.Gauges().Since.IsZero() && l.Gauges().InFlight == 0 })
	client := mqtt.NewClient(mqtt.NewClientOptions().AddBroker("tcp://" + m.Addr).SetClientID("homeassistant"))
	if token := client.Connect(); token.Wait() && token.Error() != nil {
		t.Fatal(token.Error())
	}
	t.Cleanup(func() { client.Disconnect(0) })
	client.Subscribe("homeassistant/#", 1, func(_ mqtt.Client, m mqtt.Message) { messages <- m }).Wait() // it comes later
	got := <-messages
	if got.Topic() != "homeassistant/device/lockerd-demo-1/config" || !got.Retained() {
		t.Errorf("want it where Home Assistant looks, and kept there, got %s", got.Topic())
	}
	var top map[string]any
	if err := json.Unmarshal(got.Payload(), &top); err != nil {
		t.Fatal(err)
	}
	keysIn(t, "the message", top, haTop)
	keysIn(t, "device", top["device"].(map[string]any), haOfDevice)
	keysIn(t, "origin", top["origin"].(map[string]any), haOfOrigin)
	names := map[string]bool{}
	for name, of := range top["components"].(map[string]any) {
		e := of.(map[string]any)
		keysIn(t, name, e, haOfEntity)
		if !slices.Contains(haPlatforms, e["platform"].(string)) {
			t.Errorf("%s: want a platform that only reads, got %s", name, e["platform"])
		}
		names[e["unique_id"].(string)] = true
	}
	if len(names) != 7 {
		t.Errorf("want seven entities with ids of their own, got %v", names)
	}
	if text := string(got.Payload()); strings.Contains(text, "command") || !strings.Contains(text, `free[\"X\\\"L\"]`) || !strings.Contains(text, "lockerd/v1/demo-1/state") {
		t.Errorf("want no command, and a size as Jinja reads it: %s", text)
	}
	select {
	case more := <-messages:
		t.Errorf("want one message, got %s", more.Topic())
	default:
	}
}

// TestHomeAssistantIsAnOption: it is off, and what would not work is refused.
func TestHomeAssistantIsAnOption(t *testing.T) {
	if got := link.HomeID("Straße 7/b"); got != "lockerd-Stra_e_7_b" {
		t.Errorf("want letters that Home Assistant allows, got %s", got)
	}
	if link.Defaults().HomeAssistant != "" {
		t.Error("want it off")
	}
	for setting, words := range map[string]string{"": "", "homeassistant": "", "ha/site": "", "homeassistant/": "discovery prefix", "a+b": "discovery prefix", "$SYS": "discovery prefix"} {
		c := link.Defaults()
		c.Broker, c.HomeAssistant = "mqtts://broker.example.org", setting
		if err := c.Validate(); (err == nil) != (words == "") || err != nil && !strings.Contains(err.Error(), words) {
			t.Errorf("%q: want %q, got %v", setting, words, err)
		}
	}
	c := link.Defaults()
	c.Broker, c.HomeAssistant, c.Form = "mqtts://broker.example.org", "homeassistant", link.FormPacked
	if err := c.Validate(); err == nil || !strings.Contains(err.Error(), "plain form only") {
		t.Errorf("want the packed form refused, got %v", err)
	}
}
