// A stand-in for Redis: it speaks its protocol, keeps everything in memory and forgets it at the end. Argo CD needs one
// for its caches, which it fills again by itself. It is for one machine; a cluster runs the real one.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"

	"github.com/alicebob/miniredis/v2"
)

func main() {
	address := flag.String("address", "", "where to listen, such as 127.0.0.1:6379")
	passwordFile := flag.String("password-file", "", "a file with the password that clients have to send; default none")
	flag.Parse()
	if *address == "" { // Go itself would take any port of all interfaces
		fmt.Fprintln(os.Stderr, "error: --address is missing; it is where to listen, such as 127.0.0.1:6379")
		os.Exit(2)
	}
	if err := serve(*address, *passwordFile); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func serve(address, passwordFile string) error {
	redis := miniredis.NewMiniRedis()
	if passwordFile != "" {
		password, err := os.ReadFile(passwordFile)
		if err != nil {
			return err
		}
		redis.RequireAuth(strings.TrimSpace(string(password)))
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer cancel()
	if err := redis.StartAddr(address); err != nil {
		return err
	}
	defer redis.Close()
	// It has no clock of its own: without this nothing would ever expire.
	second := time.NewTicker(time.Second)
	defer second.Stop()
	for {
		select {
		case <-second.C:
			redis.FastForward(time.Second)
		case <-stop.Done():
			return nil
		}
	}
}
