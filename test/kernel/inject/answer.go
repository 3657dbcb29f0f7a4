package main

import (
	"bytes"
	"encoding/binary"
)

// read names what a frame answers to a packet; nothing if it is no answer to it.
func (p *peer) read(packet Packet, frame []byte) string {
	source, target := p.addresses()
	var protocol byte
	var from, to, segment []byte
	switch {
	case len(frame) >= 34 && frame[12] == 8 && frame[13] == 0:
		protocol, from, to, segment = frame[23], frame[26:30], frame[30:34], frame[34:]
	case len(frame) >= 54 && frame[12] == 0x86 && frame[13] == 0xdd:
		protocol, from, to, segment = frame[20], frame[22:38], frame[38:54], frame[54:]
	default:
		return ""
	}
	if !bytes.Equal(from, target) || !bytes.Equal(to, source) || len(segment) < 8 {
		return ""
	}
	isSameFlow := binary.BigEndian.Uint16(segment) == packet.Port && binary.BigEndian.Uint16(segment[2:]) == packet.Flow
	switch {
	case protocol == tcp && packet.Protocol == "tcp" && isSameFlow && len(segment) >= 20:
		return p.readTCP(packet, segment)
	case protocol == udp && packet.Protocol == "udp" && isSameFlow:
		return "datagram"
	case protocol == icmp4 || protocol == icmp6:
		return readICMP(packet, protocol, segment)
	}
	return ""
}

func (p *peer) readTCP(packet Packet, segment []byte) string {
	switch flags := segment[13] & (syn | ack | rst); {
	case flags&rst != 0:
		return "reset"
	case flags == syn|ack:
		p.connections[packet.Flow] = &Numbers{firstSequence + 1, binary.BigEndian.Uint32(segment[4:]) + 1}
		return "syn-ack"
	default:
		return "ack"
	}
}

// What an error quotes is not compared: one packet is on its way at a time.
func readICMP(packet Packet, protocol byte, segment []byte) string {
	kind := [3]byte{protocol, segment[0], segment[1]}
	switch kind {
	case [3]byte{icmp4, 0, 0}, [3]byte{icmp6, 129, 0}:
		if packet.Protocol == "icmp" && binary.BigEndian.Uint16(segment[4:]) == packet.Flow {
			return "echo"
		}
	case [3]byte{icmp4, 3, 3}, [3]byte{icmp6, 1, 4}:
		return "port-unreachable"
	case [3]byte{icmp4, 3, 13}, [3]byte{icmp6, 1, 1}:
		return "prohibited"
	}
	return ""
}
