package sync

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"lockerd/internal/contract"
)

// hardware is a message by which Home Assistant finds a device and what it measures (MQTT discovery, one message a device: since 2024.11).
// Everything in it is read from presence and state, which are there anyway: there is no topic that Home Assistant could command.
type hardware struct {
	Device       haDevice            `json:"device"`
	Origin       haOrigin            `json:"origin"`
	Availability []haAvailability    `json:"availability"`
	StateTopic   string              `json:"state_topic"`
	QoS          int                 `json:"qos"`
	Components   map[string]haEntity `json:"components"`
}

type haDevice struct {
	Identifiers  []string `json:"identifiers"`
	Name         string   `json:"name"`
	Manufacturer string   `json:"manufacturer"`
	Model        string   `json:"model"`
	Software     string   `json:"sw_version"`
}

type haOrigin struct {
	Name     string `json:"name"`
	Software string `json:"sw_version"`
}

type haAvailability struct {
	Topic string `json:"topic"`
	Value string `json:"value_template"`
}

// haEntity is one thing that is measured.
type haEntity struct {
	Platform string `json:"platform"`
	ID       string `json:"unique_id"`
	Name     string `json:"name"`
	Value    string `json:"value_template"`
	Class    string `json:"device_class,omitempty"`
	State    string `json:"state_class,omitempty"`
	Icon     string `json:"icon,omitempty"`
}

// announce tells Home Assistant of the cabinet, once on each connection: the broker keeps it.
func (c *connection) announce() {
	w := &c.out
	if c.cfg.HomeAssistant == "" || w.announced || w.shown == nil {
		return
	}
	w.announced = true
	message, err := json.Marshal(c.hardware(slices.Sorted(maps.Keys(w.shown.Free))))
	if err != nil {
		panic(fmt.Sprintf("sync: discovery: %v", err)) // texts and a number
	}
	topic := c.cfg.HomeAssistant + "/device/" + c.haID() + "/config"
	c.fly(flight{token: c.client.Publish(topic, 1, true, message)})
}

// haID is the cabinet's name in the letters that Home Assistant allows.
func (l *Link) haID() string {
	return "lockerd-" + strings.Map(func(r rune) rune {
		if r < 0x80 && (r == '-' || r == '_' || '0' <= r && r <= '9' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z') {
			return r
		}
		return '_'
	}, l.cabinet)
}

func (l *Link) hardware(sizes []string) hardware {
	const measurement = "measurement"
	id := l.haID()
	h := hardware{
		Device: haDevice{Identifiers: []string{id}, Name: "Parcel locker " + l.cabinet, Manufacturer: "lockerd", Model: "parcel locker", Software: l.version},
		Origin: haOrigin{"lockerd", l.version}, QoS: 1, StateTopic: l.topic("state"),
		Availability: []haAvailability{{l.topic("presence"), "{{ 'online' if value_json.online else 'offline' }}"}},
		Components:   map[string]haEntity{},
	}
	add := func(name string, e haEntity) {
		e.ID = id + "-" + name
		h.Components[name] = e
	}
	add("service", haEntity{Platform: "binary_sensor", Name: "In service", Class: "running", Value: "{{ 'ON' if value_json.service == 'ok' else 'OFF' }}"})
	add("problem", haEntity{Platform: "binary_sensor", Name: "Problem", Class: "problem", Value: "{{ 'ON' if value_json.faults | count > 0 else 'OFF' }}"})
	add("parcels", haEntity{Platform: "sensor", Name: "Parcels", State: measurement, Icon: "mdi:package-variant-closed", Value: "{{ value_json.parcels }}"})
	add("overdue", haEntity{Platform: "sensor", Name: "Parcels to be taken back", State: measurement, Icon: "mdi:package-variant-closed-remove", Value: "{{ value_json.overdue + value_json.refused | default(0) }}"})
	add("open", haEntity{Platform: "sensor", Name: "Open doors", State: measurement, Icon: "mdi:door-open",
		Value: "{{ value_json.doors | selectattr('state', 'eq', 'open') | list | count }}"})
	for i, size := range sizes {
		name, _ := json.Marshal(size) // a text of Jinja's, too
		add("free-"+strconv.Itoa(i+1), haEntity{Platform: "sensor", Name: "Free doors " + size, State: measurement, Icon: "mdi:door-closed",
			Value: "{{ value_json.free[" + string(name) + "] }}"})
	}
	return h
}

// validateHome reports what is wrong with the setting for Home Assistant.
func (c *Config) validateHome() error {
	switch t := c.HomeAssistant; {
	case t == "":
		return nil
	case !contract.Plain(t, maxName) || strings.ContainsAny(t, "+#$") || strings.HasPrefix(t, "/") || strings.HasSuffix(t, "/"):
		return fmt.Errorf("home_assistant = %q: must be its discovery prefix, as \"homeassistant\"", t)
	case c.Form == FormPacked:
		return errors.New("home_assistant: it reads the state in plain form only: form = \"plain\"")
	}
	return nil
}
