package main

import (
	"fmt"
	"syscall"
	"unsafe"
)

// openDevice makes a TAP device, which is gone when the process ends (kernel: Documentation/networking/tuntap.rst).
// It offers no checksum or segmentation offload, so the kernel hands over whole, finished frames.
func openDevice(name string) (int, error) {
	file, err := syscall.Open("/dev/net/tun", syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return 0, fmt.Errorf("/dev/net/tun: %w", err)
	}
	const tap, noPacketInformation = 0x0002, 0x1000
	var request struct {
		name  [syscall.IFNAMSIZ]byte
		flags uint16
		_     [22]byte
	}
	copy(request.name[:syscall.IFNAMSIZ-1], name)
	request.flags = tap | noPacketInformation
	at := uintptr(unsafe.Pointer(&request))
	if _, _, errno := syscall.Syscall(syscall.SYS_IOCTL, uintptr(file), syscall.TUNSETIFF, at); errno != 0 {
		return 0, fmt.Errorf("%s: %w", name, errno)
	}
	return file, nil
}

// isSpared tells frames that a path between routers never carries: ARP and IPv6's neighbour discovery (RFC 4861).
// Were they lost, hosts would be gone for seconds, and not packets.
func isSpared(frame []byte) bool {
	const icmp6, firstType, lastType = 58, 133, 137
	switch {
	case len(frame) < 14:
		return true
	case frame[12] == 0x08 && frame[13] == 0x00:
		return false
	case frame[12] == 0x86 && frame[13] == 0xdd:
		return len(frame) > 54 && frame[20] == icmp6 && frame[54] >= firstType && frame[54] <= lastType
	}
	return true
}
