// Command simulate runs the worlds of package truth for many cabinet-days and reports where the rules believe something false.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime/debug"
	"time"

	"lockerd/internal/truth"
)

func main() {
	days := flag.Int("days", 5000, "cabinet-days in all")
	seed := flag.Uint64("seed", 1, "from which everything follows")
	doors := flag.Int("doors", 24, "doors of a cabinet")
	life := flag.Int("life", 21, "days of one cabinet")
	profile := flag.String("profile", "", "only this profile; none: all, one after the other")
	workers := flag.Int("workers", 0, "cabinets at the same time; 0: as many as there are cores")
	stories := flag.Int("stories", 1, "how many different broken questions are told before the run ends")
	var ignored []string
	flag.Func("ignore", "a question, or a kind of one, that only counts; can be given again", func(q string) error {
		ignored = append(ignored, q)
		return nil
	})
	shorten := flag.Duration("shorten", 20*time.Second, "how long a story may be shortened")
	flag.Parse()
	debug.SetGCPercent(6400) // cabinets are many, small and short-lived
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	o := truth.Options{Seed: *seed, Days: *days, Doors: *doors, Life: *life, Workers: *workers, Stories: *stories, Shorten: *shorten, Ignored: ignored,
		Tell: os.Stderr}
	for _, p := range truth.Profiles() {
		if p.Name == *profile {
			o.Profiles = []truth.Profile{p}
		}
	}
	if *profile != "" && len(o.Profiles) == 0 {
		fmt.Fprintf(os.Stderr, "simulate: there is no profile %q\n", *profile)
		os.Exit(2)
	}
	sum := truth.Run(ctx, o)
	fmt.Print(sum)
	if len(sum.Found) > 0 {
		os.Exit(1)
	}
}
