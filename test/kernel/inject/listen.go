package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strings"
)

// listen gives a host services: TCP connections are taken, datagrams come back. It says when it is ready.
func listen(services []string) error {
	for _, service := range services {
		protocol, address, _ := strings.Cut(service, "/")
		if !strings.Contains(address, ":") {
			address = ":" + address
		}
		if protocol == "tcp" {
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			defer listener.Close()
			continue
		}
		socket, err := net.ListenPacket("udp", address)
		if err != nil {
			return err
		}
		defer socket.Close()
		go echo(socket)
	}
	fmt.Println("listening")
	_, err := io.Copy(io.Discard, os.Stdin)
	return err
}

func echo(socket net.PacketConn) {
	buffer := make([]byte, 2048)
	for {
		size, from, err := socket.ReadFrom(buffer)
		if err != nil {
			return
		}
		if _, err := socket.WriteTo(buffer[:size], from); err != nil {
			return
		}
	}
}
