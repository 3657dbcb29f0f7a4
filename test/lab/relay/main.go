// Command relay is a slow and lossy stretch of cable, for kernels that have no netem. It makes two TAP devices and
// carries frames from each to the other, late, and not all of them.
//
//	relay -near near0 -far far0 [-delay-ms 200] [-jitter-ms 10] [-loss-percent 5] -seed 1
//
// It says when the devices are there, ends with its input, and then prints what it carried.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"math/rand"
	"os"
)

func main() {
	if err := command(); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

func command() error {
	near := flag.String("near", "near0", "device at the controller's side")
	far := flag.String("far", "far0", "device at the hosts' side")
	delayMs := flag.Float64("delay-ms", 0, "how late each packet is, one way")
	jitterMs := flag.Float64("jitter-ms", 0, "how much later than that some are, at most: they overtake each other")
	lossPercent := flag.Float64("loss-percent", 0, "how many packets are lost, one way")
	seed := flag.Int64("seed", 0, "what the random losses and delays follow from")
	flag.Parse()

	a, err := openDevice(*near)
	if err != nil {
		return err
	}
	b, err := openDevice(*far)
	if err != nil {
		return err
	}
	way := func(from, to int, seed int64) *direction {
		return newDirection(from, to, rand.New(rand.NewSource(seed)), *delayMs, *jitterMs, *lossPercent/100)
	}
	// Each way has a sequence of its own, or the losses of one would depend on the timing of the other.
	report := struct {
		ToHosts      *direction `json:"toHosts"`
		ToController *direction `json:"toController"`
	}{way(a, b, *seed), way(b, a, ^*seed)}
	go report.ToHosts.read()
	go report.ToHosts.deliver()
	go report.ToController.read()
	go report.ToController.deliver()
	fmt.Println("relaying")
	if _, err := io.Copy(io.Discard, os.Stdin); err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(report)
}
