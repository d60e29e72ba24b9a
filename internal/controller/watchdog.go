package controller

import (
	"log/slog"

	"github.com/coreos/go-systemd/v22/daemon"
)

// Watchdog pings systemd's watchdog as often as required. The controller's loop calls it, so a stuck loop does not ping.
func Watchdog(log *slog.Logger) func() {
	every, err := daemon.SdWatchdogEnabled(false)
	if err != nil {
		log.Warn("systemd's watchdog is not asked for rightly", "err", err)
	}
	if every == 0 {
		return func() {}
	}
	return func() { _, _ = daemon.SdNotify(false, daemon.SdNotifyWatchdog) }
}
