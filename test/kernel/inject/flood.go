package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"syscall"
	"time"
)

// Flood is packets in bursts, one for each lane in turn, so that a busy moment of the machine meets all lanes.
type Flood struct {
	Rounds int    `json:"rounds"`
	Burst  int    `json:"burst"`
	Lanes  []Lane `json:"lanes"`
}

// Lane is a host, and what it gets.
type Lane struct {
	Interface string `json:"interface"`
	Target    string `json:"target"`
	// Sources are a network's first address and how many of it send in turn, each from flow after flow.
	Source  string `json:"source"`
	Sources int    `json:"sources"`
	// Packet is nil for frames that no protocol takes: what sending alone costs.
	Packet *Packet `json:"packet"`
	// IsFlow is for packets of the one flow of the packet.
	IsFlow bool `json:"isFlow"`
}

const firstFlow, flows = 1024, 64000

// flood reports nanoseconds a packet, for each round of each lane. A host handles a packet on the CPU that sends it, before
// the call that sends it returns; so what a burst takes is what sending and handling it cost.
func flood(cpu int, plan Flood) ([][]float64, error) {
	if err := goFirst(cpu); err != nil {
		return nil, err
	}
	// Of no protocol, so that answers are not copied to it.
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, 0)
	if err != nil {
		return nil, err
	}
	report := make([][]float64, len(plan.Lanes))
	for round := 0; round < plan.Rounds; round++ {
		for index, lane := range plan.Lanes {
			card, err := net.InterfaceByName(lane.Interface)
			if err != nil {
				return nil, err
			}
			frames := lane.frames(round*plan.Burst, plan.Burst)
			to := &syscall.SockaddrLinklayer{Ifindex: card.Index}
			began := time.Now()
			for _, frame := range frames {
				if err := syscall.Sendto(socket, frame, 0, to); err != nil {
					return nil, fmt.Errorf("%s: %w", lane.Interface, err)
				}
			}
			report[index] = append(report[index], float64(time.Since(began))/float64(plan.Burst))
		}
	}
	return report, nil
}

func (lane Lane) frames(from, count int) [][]byte {
	if lane.Packet == nil {
		const experimental = 0x88b5 // IEEE 802, local experimental EtherType 1
		frame := append(append([]byte{}, hostMAC...), clientMAC...)
		frame = append(binary.BigEndian.AppendUint16(frame, experimental), make([]byte, 40)...)
		return repeat(frame, count)
	}
	to := &peer{0, net.ParseIP(lane.Source), net.ParseIP(lane.Target), map[uint16]*Numbers{}}
	if lane.IsFlow {
		return repeat(to.frame(*lane.Packet), count)
	}
	frames := make([][]byte, count)
	for n := range frames {
		source := append(net.IP{}, to.source...)
		source[15] += byte((from + n) % lane.Sources)
		packet := *lane.Packet
		packet.Flow = firstFlow + uint16((from+n)/lane.Sources%flows)
		frames[n] = (&peer{0, source, to.target, to.connections}).frame(packet)
	}
	return frames
}

func repeat(frame []byte, count int) [][]byte {
	frames := make([][]byte, count)
	for n := range frames {
		frames[n] = frame
	}
	return frames
}
