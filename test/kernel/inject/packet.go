package main

import (
	"encoding/binary"
	"net"
)

const (
	icmp4, tcp, udp, icmp6 = 1, 6, 17, 58
	fin, syn, rst, ack     = 1, 2, 4, 16
	psh, urg               = 8, 32
)

// peer is a source on a card, and the host at the other end.
type peer struct {
	card           int
	source, target net.IP
	connections    map[uint16]*Numbers
}

// as is the peer with another source address, or itself.
func (p *peer) as(source string) *peer {
	if source == "" {
		return p
	}
	return &peer{p.card, net.ParseIP(source), p.target, p.connections}
}

// numbers are where the connection of a flow stands now.
func (p *peer) numbers(flow uint16) *Numbers {
	if c := p.connections[flow]; c != nil {
		return &Numbers{c.Next, c.Ack}
	}
	return nil
}

const firstSequence = 1000

// frame writes a packet. The same packet written again is the same bytes, as a retransmission is.
func (p *peer) frame(packet Packet) []byte {
	isIPv4 := p.source.To4() != nil
	protocol, segment, sumAt := p.segment(packet, isIPv4)
	source, target := p.addresses()
	sum := checksum(segment, pseudoHeader(source, target, protocol, len(segment)))
	if protocol == icmp4 {
		sum = checksum(segment, nil)
	}
	if protocol == udp && sum == 0 {
		// Zero would mean that there is no checksum (RFC 768), which IPv6 does not allow (RFC 8200).
		sum = 0xffff
	}
	binary.BigEndian.PutUint16(segment[sumAt:], sum)
	frame := append(append([]byte{}, hostMAC...), clientMAC...)
	if !isIPv4 {
		frame = append(frame, 0x86, 0xdd, 0x60, 0, 0, 0)
		frame = binary.BigEndian.AppendUint16(frame, uint16(len(segment)))
		frame = append(frame, protocol, 64)
		return append(append(append(frame, source...), target...), segment...)
	}
	header := []byte{0x45, 0, 0, 0, 0, 0, 0, 0, 64, protocol, 0, 0}
	binary.BigEndian.PutUint16(header[2:], uint16(20+len(segment)))
	header = append(append(header, source...), target...)
	binary.BigEndian.PutUint16(header[10:], checksum(header, nil))
	return append(append(append(frame, 8, 0), header...), segment...)
}

// segment returns the protocol's number, its header with what it carries, and where its checksum belongs.
func (p *peer) segment(packet Packet, isIPv4 bool) (byte, []byte, int) {
	switch {
	case packet.Protocol == "udp":
		segment := append(make([]byte, 8), packet.Payload...)
		binary.BigEndian.PutUint16(segment, packet.Flow)
		binary.BigEndian.PutUint16(segment[2:], packet.Port)
		binary.BigEndian.PutUint16(segment[4:], uint16(len(segment)))
		return udp, segment, 6
	case packet.Protocol == "tcp":
		return tcp, p.tcpSegment(packet), 16
	default:
		segment := make([]byte, 8+packet.PayloadBytes)
		protocol := byte(icmp4)
		segment[0] = 8
		if !isIPv4 {
			protocol, segment[0] = icmp6, 128
		}
		binary.BigEndian.PutUint16(segment[4:], packet.Flow)
		return protocol, segment, 2
	}
}

func (p *peer) tcpSegment(packet Packet) []byte {
	segment := make([]byte, 20)
	binary.BigEndian.PutUint16(segment, packet.Flow)
	binary.BigEndian.PutUint16(segment[2:], packet.Port)
	binary.BigEndian.PutUint32(segment[4:], firstSequence)
	segment[12] = 5 << 4
	binary.BigEndian.PutUint16(segment[14:], 64240)
	switch packet.Flags {
	case "bogus":
		segment[13] = syn | fin
	case "data":
		segment[13] = ack
		if packet.Resume != nil {
			p.connections[packet.Flow] = packet.Resume
		}
		if c := p.connections[packet.Flow]; c != nil {
			binary.BigEndian.PutUint32(segment[4:], c.Next)
			binary.BigEndian.PutUint32(segment[8:], c.Ack)
			c.Next++
		}
		segment = append(segment, 'x')
	case "fin":
		segment[13] = fin
	case "null":
		segment[13] = 0
	case "xmas":
		segment[13] = fin | psh | urg
	case "ack":
		segment[13] = ack
		if packet.Resume != nil {
			binary.BigEndian.PutUint32(segment[4:], packet.Resume.Next)
			binary.BigEndian.PutUint32(segment[8:], packet.Resume.Ack)
		}
	case "rst":
		segment[13] = rst
	default:
		segment[13] = syn
	}
	return segment
}

func (p *peer) addresses() (source, target []byte) {
	if four := p.source.To4(); four != nil {
		return four, p.target.To4()
	}
	return p.source.To16(), p.target.To16()
}

func pseudoHeader(source, target []byte, protocol byte, size int) []byte {
	header := append(append([]byte{}, source...), target...)
	return append(header, 0, protocol, byte(size>>8), byte(size))
}

func checksum(data, before []byte) uint16 {
	var sum uint32
	for _, part := range [][]byte{before, data} {
		for i, b := range part {
			sum += uint32(b) << (8 * uint(1-i%2))
		}
	}
	for sum > 0xffff {
		sum = sum>>16 + sum&0xffff
	}
	return ^uint16(sum)
}
