package main

import "encoding/binary"

const etherHeader, ipv4Header, ipv6Header, fragmentHeader = 14, 20, 40, 44

// frames are a packet's frame, or the two fragments of it.
func (p *peer) frames(packet Packet) [][]byte {
	whole := p.frame(packet)
	if packet.FragmentAt == 0 {
		return [][]byte{whole}
	}
	if p.source.To4() != nil {
		header, data := whole[:etherHeader+ipv4Header], whole[etherHeader+ipv4Header:]
		return [][]byte{
			ipv4Fragment(header, data[:packet.FragmentAt], 0, true),
			ipv4Fragment(header, data[packet.FragmentAt:], packet.FragmentAt, false),
		}
	}
	header, data := whole[:etherHeader+ipv6Header], whole[etherHeader+ipv6Header:]
	return [][]byte{
		ipv6Fragment(header, data[:packet.FragmentAt], 0, true),
		ipv6Fragment(header, data[packet.FragmentAt:], packet.FragmentAt, false),
	}
}

// Of RFC 791: flags and offset, and a checksum anew.
func ipv4Fragment(header, data []byte, at int, more bool) []byte {
	frame := append([]byte{}, header...)
	ip := frame[etherHeader:]
	binary.BigEndian.PutUint16(ip[2:], uint16(ipv4Header+len(data)))
	binary.BigEndian.PutUint16(ip[4:], 7)
	binary.BigEndian.PutUint16(ip[6:], uint16(at/8)|flag(more, 0x2000))
	binary.BigEndian.PutUint16(ip[10:], 0)
	binary.BigEndian.PutUint16(ip[10:], checksum(ip, nil))
	return append(frame, data...)
}

// Of RFC 8200, section 4.5: a header of its own.
func ipv6Fragment(header, data []byte, at int, more bool) []byte {
	frame := append([]byte{}, header...)
	ip := frame[etherHeader:]
	extension := []byte{ip[6], 0, 0, 0, 0, 0, 0, 7}
	binary.BigEndian.PutUint16(extension[2:], uint16(at)|flag(more, 1))
	binary.BigEndian.PutUint16(ip[4:], uint16(len(extension)+len(data)))
	ip[6] = fragmentHeader
	return append(append(frame, extension...), data...)
}

func flag(isSet bool, bit uint16) uint16 {
	if isSet {
		return bit
	}
	return 0
}
