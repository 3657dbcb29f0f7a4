package main

import (
	"syscall"
	"time"
)

const scannedPorts = 65535

// Scan is a SYN to every TCP port.
type Scan struct {
	// Order is "up", "down" or "random".
	Order string `json:"order"`
	// PerSecond is how many, at most.
	PerSecond float64 `json:"perSecond"`
}

func (s *Scan) pause() time.Duration {
	return time.Duration(float64(time.Second) / s.PerSecond)
}

// port is the nth port of a scan, from 0. Random is a full cycle modulo 65536 (Knuth, TAOCP 2, 3.2.1.2), less the 0.
func (s *Scan) port(n int) uint16 {
	switch s.Order {
	case "up":
		return uint16(n + 1)
	case "down":
		return uint16(scannedPorts - n)
	default:
		return shuffled[n]
	}
}

var shuffled = func() (ports []uint16) {
	for x := uint16(13849); x != 0; x = x*25173 + 13849 {
		ports = append(ports, x)
	}
	return ports
}()

// scan sends the nth packet and waits for nothing: packets are handled in order (openLink).
func (l *link) scan(to *peer, s *Scan, n int) error {
	if n%1000 == 0 {
		l.drain()
	}
	port := s.port(n)
	return l.send(to.card, to.frame(Packet{Protocol: "tcp", Port: port, Flow: 1024 + port%60000}))
}

// drain takes what has come in, so that the buffer does not fill.
func (l *link) drain() {
	for {
		if _, _, err := syscall.Recvfrom(l.socket, l.buffer[:], syscall.MSG_DONTWAIT); err != nil {
			return
		}
	}
}
