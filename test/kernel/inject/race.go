package main

import (
	"fmt"
	"net"
	"sync/atomic"
)

// Race is what two sources send to a UDP port, each payload at the same instant, by two CPUs.
type Race struct {
	Interface string    `json:"interface"`
	Target    string    `json:"target"`
	Sources   [2]string `json:"sources"`
	Port      uint16    `json:"port"`
	Payloads  [][]byte  `json:"payloads"`
}

// run returns when all was sent. A packet is handled on the CPU that sends it, before the call returns.
func (r Race) run() error {
	card, err := net.InterfaceByName(r.Interface)
	if err != nil {
		return err
	}
	var done [2]atomic.Int64
	ends := make(chan error)
	for side := range r.Sources {
		go func(side int) {
			ends <- r.send(card.Index, side, &done[side], &done[1-side])
		}(side)
	}
	for range r.Sources {
		if err := <-ends; err != nil {
			return err
		}
	}
	return nil
}

// send sends one side's packets, each once the other side has come as far.
func (r Race) send(card, side int, own, other *atomic.Int64) error {
	// Whoever waits for a side that has failed waits no longer.
	defer own.Store(int64(len(r.Payloads)) + 1)
	link, err := openLink(side)
	if err != nil {
		return err
	}
	// Port and flow are those of the payload's place, so that the two are one flow where the sources are one.
	to := &peer{card, net.ParseIP(r.Sources[side]), net.ParseIP(r.Target), map[uint16]*Numbers{}}
	for place, payload := range r.Payloads {
		packet := Packet{Protocol: "udp", Port: r.Port, Flow: uint16(20000 + place), Payload: payload}
		frame := to.frame(packet)
		own.Store(int64(place) + 1)
		for other.Load() < int64(place)+1 {
		}
		if err := link.send(card, frame); err != nil {
			return fmt.Errorf("side %d: %w", side, err)
		}
	}
	return nil
}
