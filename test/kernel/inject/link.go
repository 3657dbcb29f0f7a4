package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"net"
	"runtime"
	"syscall"
	"time"
	"unsafe"
)

// The two ends of every cable (hosts.sh).
var (
	clientMAC = net.HardwareAddr{2, 0, 0, 0, 0, 1}
	hostMAC   = net.HardwareAddr{2, 0, 0, 0, 0, 2}
	hostIPv4  = net.IP{192, 0, 2, 10}
)

const everyProtocol = 0x0300 // ETH_P_ALL in network byte order

// link sends and captures on all interfaces of the namespace.
type link struct {
	socket int
	probes uint32
	// answer is the frame that answered the last packet.
	answer []byte
	buffer [2048]byte
}

// A packet is handled on the CPU that sent it, in order. On one CPU a later packet's answer therefore proves that an
// earlier one had its chance to be answered.
func openLink(cpu int) (*link, error) {
	if err := goFirst(cpu); err != nil {
		return nil, err
	}
	socket, err := syscall.Socket(syscall.AF_PACKET, syscall.SOCK_RAW, everyProtocol)
	if err != nil {
		return nil, err
	}
	const solPacket, ignoreOutgoing = 263, 23
	if err := syscall.SetsockoptInt(socket, solPacket, ignoreOutgoing, 1); err != nil {
		return nil, err
	}
	// Hosts talk without being asked (IPv6 multicast); a full buffer would lose an answer.
	if err := syscall.SetsockoptInt(socket, syscall.SOL_SOCKET, syscall.SO_RCVBUFFORCE, 64<<20); err != nil {
		return nil, err
	}
	return &link{socket: socket}, nil
}

// goFirst keeps the caller on one CPU, ahead of others.
func goFirst(cpu int) error {
	runtime.LockOSThread()
	// Late packets only make words useless, so it is no error where this is not allowed.
	_ = syscall.Setpriority(syscall.PRIO_PROCESS, 0, -20)
	return stayOnOneCPU(cpu)
}

// stayOnOneCPU chooses one of those that this process may use, by number and round again.
func stayOnOneCPU(number int) error {
	var cpus, one [16]uint64
	size, at := unsafe.Sizeof(cpus), func(set *[16]uint64) uintptr { return uintptr(unsafe.Pointer(set)) }
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, size, at(&cpus)); errno != 0 {
		return errno
	}
	var allowed []int
	for cpu := 0; cpu < 64*len(cpus); cpu++ {
		if cpus[cpu/64]&(1<<(cpu%64)) != 0 {
			allowed = append(allowed, cpu)
		}
	}
	cpu := allowed[number%len(allowed)]
	one[cpu/64] = 1 << (cpu % 64)
	if _, _, errno := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, size, at(&one)); errno != 0 {
		return errno
	}
	return nil
}

func (l *link) send(card int, frame []byte) error {
	return syscall.Sendto(l.socket, frame, 0, &syscall.SockaddrLinklayer{Ifindex: card})
}

// receive returns the next frame from a card, or none after the time. The frame is good until the next one.
func (l *link) receive(card int, until time.Time) ([]byte, error) {
	// Nearly always it is there already: the kernel answers within the call that sends.
	for flags := syscall.MSG_DONTWAIT; ; {
		size, from, err := syscall.Recvfrom(l.socket, l.buffer[:], flags)
		if address, ok := from.(*syscall.SockaddrLinklayer); err == nil && ok && address.Ifindex == card {
			return l.buffer[:size], nil
		}
		if err == nil {
			continue
		}
		if err != syscall.EAGAIN && err != syscall.EINTR {
			return nil, err
		}
		rest := time.Until(until)
		if rest <= 0 {
			return nil, nil
		}
		wait := syscall.NsecToTimeval(rest.Nanoseconds() + 1000)
		if err := syscall.SetsockoptTimeval(l.socket, syscall.SOL_SOCKET, syscall.SO_RCVTIMEO, &wait); err != nil {
			return nil, err
		}
		flags = 0
	}
}

// await returns once the host answers: a cable that was just plugged in loses packets.
func (l *link) await(card int) error {
	for limit := time.Now().Add(10 * time.Second); time.Now().Before(limit); {
		probe := l.arpProbe()
		if err := l.send(card, probe); err != nil {
			return err
		}
		for {
			frame, err := l.receive(card, time.Now().Add(10*time.Millisecond))
			if err != nil {
				return err
			}
			if frame == nil {
				break
			}
			if isAnswer(frame, probe) {
				return nil
			}
		}
	}
	return fmt.Errorf("no host at the other end of interface %d", card)
}

// ask sends a packet, and after it an ARP probe. What answers the packet comes before what answers the probe, by whose
// answer the host has handled both.
func (l *link) ask(to *peer, packet Packet) (answer string, handled time.Time, err error) {
	probe := l.arpProbe()
	for _, frame := range append(to.frames(packet), probe) {
		if err := l.send(to.card, frame); err != nil {
			return "", handled, err
		}
	}
	answer = "none"
	l.answer = nil
	limit := time.Now().Add(10 * time.Second)
	for handled.IsZero() || answer == "none" {
		frame, err := l.receive(to.card, limit)
		switch {
		case err != nil:
			return "", handled, err
		case frame == nil && !handled.IsZero():
			return answer, handled, nil
		case frame == nil:
			return "", handled, fmt.Errorf("a host stopped answering")
		case isAnswer(frame, probe):
			handled = time.Now()
			limit = handled.Add(time.Duration(packet.PatienceMs) * time.Millisecond)
		default:
			if read := to.read(packet, frame); read != "" {
				answer = read
				l.answer = bytes.Clone(frame)
			}
		}
	}
	return answer, handled, nil
}

// arpProbe asks for the host's address without telling one (RFC 5227), so that the host learns no neighbour. Each
// comes from a hardware address of its own, to which it is answered.
func (l *link) arpProbe() []byte {
	l.probes++
	sender := binary.BigEndian.AppendUint32([]byte{2, 1}, l.probes)
	frame := append(append(append([]byte{}, hostMAC...), clientMAC...), 8, 6, 0, 1, 8, 0, 6, 4, 0, 1)
	frame = append(append(frame, sender...), 0, 0, 0, 0)
	return append(append(frame, 0, 0, 0, 0, 0, 0), hostIPv4...)
}

func isAnswer(frame, probe []byte) bool {
	const reply = 2
	return len(frame) >= 42 && bytes.Equal(frame[12:14], probe[12:14]) && frame[21] == reply &&
		bytes.Equal(frame[32:38], probe[22:28])
}
