package settings

import (
	"time"

	"lockerd/internal/locker"
)

// Duration is a time in the configuration: "30s", "72h".
type Duration time.Duration

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	v, err := time.ParseDuration(string(text))
	*d = Duration(v)
	return err
}

// MarshalText writes it so.
func (d Duration) MarshalText() ([]byte, error) { return []byte(time.Duration(d).String()), nil }

// Times are locker.Times as the file writes them.
type Times struct {
	Idle         Duration   `toml:"idle"`
	IdleDoorOpen Duration   `toml:"idle_door_open"`
	Session      Duration   `toml:"session"`
	Courier      Duration   `toml:"session_courier"`
	Technician   Duration   `toml:"session_technician"`
	Thanks       Duration   `toml:"thanks"`
	Within       Duration   `toml:"within"`
	Judge        Duration   `toml:"judge"`
	Late         Duration   `toml:"late"`
	Bounce       Duration   `toml:"bounce"`
	DoorWarn     Duration   `toml:"door_warn"`
	DoorReport   Duration   `toml:"door_report"`
	Pickup       Duration   `toml:"pickup"`
	Announced    Duration   `toml:"announced"`
	Lockouts     []Duration `toml:"lockouts"`
	SameScan     Duration   `toml:"same_scan"`
	Breaker      Duration   `toml:"breaker"`
}

// TimesOf are the rules' times as the file writes them.
func TimesOf(t locker.Times) Times {
	lockouts := make([]Duration, len(t.Lockouts))
	for i, d := range t.Lockouts {
		lockouts[i] = Duration(d)
	}
	return Times{Duration(t.Idle), Duration(t.IdleDoorOpen), Duration(t.Session), Duration(t.SessionCourier),
		Duration(t.SessionTechnician), Duration(t.Thanks), Duration(t.Within), Duration(t.Judge),
		Duration(t.Late), Duration(t.Bounce), Duration(t.DoorWarn), Duration(t.DoorReport), Duration(t.Pickup), Duration(t.Announced), lockouts,
		Duration(t.SameScan), Duration(t.Breaker)}
}

// Locker are the times as the rules know them.
func (t Times) Locker() locker.Times {
	lockouts := make([]time.Duration, len(t.Lockouts))
	for i, d := range t.Lockouts {
		lockouts[i] = time.Duration(d)
	}
	return locker.Times{Idle: time.Duration(t.Idle), IdleDoorOpen: time.Duration(t.IdleDoorOpen),
		Session: time.Duration(t.Session), SessionCourier: time.Duration(t.Courier), SessionTechnician: time.Duration(t.Technician),
		Thanks: time.Duration(t.Thanks), Within: time.Duration(t.Within), Judge: time.Duration(t.Judge),
		Late: time.Duration(t.Late), Bounce: time.Duration(t.Bounce), DoorWarn: time.Duration(t.DoorWarn), DoorReport: time.Duration(t.DoorReport),
		Pickup: time.Duration(t.Pickup), Announced: time.Duration(t.Announced), Lockouts: lockouts,
		SameScan: time.Duration(t.SameScan), Breaker: time.Duration(t.Breaker)}
}
