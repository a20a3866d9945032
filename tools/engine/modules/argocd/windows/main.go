// What Argo CD's own code allows at each instant of a span of time, for sync windows as an AppProject has them.
//
// That code asks time.Now(), so it runs in a bubble of testing/synctest: in there the clock begins with the year 2000,
// stands still while anything runs, and jumps to the next wake-up once everything sleeps. What Argo CD's packages start
// by themselves stays outside.
//
// Zones come from the machine's database, and where it has none from the one that is compiled in.
package main

import (
	"bufio"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"
	_ "time/tzdata"

	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

func main() {
	testing.Init()
	from := flag.String("from", "", "the first step (RFC 3339)")
	to := flag.String("to", "", "the end, no step itself (RFC 3339)")
	step := flag.Duration("step", 30*time.Minute, "between two steps")
	output := flag.String("output", "", "the file to write: a line per step, with the time, automatic and manual")
	flag.Parse()
	// A bubble needs a test around it.
	inBubble := func(t *testing.T) {
		synctest.Test(t, func(*testing.T) {
			if err := ask(*from, *to, *step, *output); err != nil {
				fmt.Fprintln(os.Stderr, "error:", err)
				os.Exit(1)
			}
		})
	}
	all := func(_, _ string) (bool, error) { return true, nil }
	testing.Main(all, []testing.InternalTest{{Name: "windows", F: inBubble}}, nil, nil)
}

func ask(from, to string, step time.Duration, output string) error {
	first, err := time.Parse(time.RFC3339, from)
	if err != nil {
		return err
	}
	end, err := time.Parse(time.RFC3339, to)
	if err != nil {
		return err
	}
	if step <= 0 || first.Before(time.Now()) {
		return fmt.Errorf("--from %s, --step %s: the span begins after %s, in steps above 0", from, step, time.Now().UTC())
	}
	var windows v1alpha1.SyncWindows
	if err := json.NewDecoder(os.Stdin).Decode(&windows); err != nil {
		return fmt.Errorf("stdin is no list of sync windows: %w", err)
	}
	file, err := os.Create(output)
	if err != nil {
		return err
	}
	lines := bufio.NewWriter(file)
	// One second after each step: to Argo CD a window begins after its first instant (it asks whether the beginning is
	// before now), and has ended at its last.
	for instant := first.Add(time.Second); instant.Before(end); instant = instant.Add(step) {
		time.Sleep(time.Until(instant))
		if err := line(lines, windows); err != nil {
			return err
		}
	}
	if err := lines.Flush(); err != nil {
		return err
	}
	return file.Close()
}

func line(lines *bufio.Writer, windows v1alpha1.SyncWindows) error {
	automatic, err := windows.CanSync(false)
	if err != nil {
		return err
	}
	manual, err := windows.CanSync(true)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintln(lines, time.Now().UTC().Format(time.RFC3339), automatic, manual)
	return err
}
