// Package rpcutil: the part that Rolecall adds to a copy of the Pulumi SDK's package (toolchain/patch.py).
//
// A port on the loopback interface is open to every user of the machine. A listener of this file hands on only
// connections that the user of this process has opened; toolchain/language_host/same_user.py does the same for Python.
package rpcutil

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"os/exec"
	"runtime"
	"strconv"
	"strings"
)

// established is the state of an open socket in proc_net_tcp(5). The kernel shows one that waits to be forgotten
// (TIME_WAIT) as root's, so that only of an open one the user is certain.
const established = "01"

const (
	localColumn  = 1
	remoteColumn = 2
	stateColumn  = 3
	userColumn   = 7
)

// tableReads is how often a table is read: in pieces, between which an entry may move.
const tableReads = 3

type sameUserListener struct{ net.Listener }

// SameUser returns a listener that closes every connection of another user before anything is read from it.
func SameUser(listener net.Listener) net.Listener { return sameUserListener{listener} }

// Accept returns the next connection of this user.
func (s sameUserListener) Accept() (net.Conn, error) {
	for {
		connection, err := s.Listener.Accept()
		if err != nil {
			return nil, err
		}
		client, isClient := connection.RemoteAddr().(*net.TCPAddr)
		server, isServer := connection.LocalAddr().(*net.TCPAddr)
		if isClient && isServer && isSameUser(client, server) {
			return connection, nil
		}
		_ = connection.Close()
	}
}

func isSameUser(client, server *net.TCPAddr) bool {
	user := os.Geteuid()
	if runtime.GOOS != "linux" {
		return isOwnSocket(client, server, user)
	}
	if owner, found := connectionOwner(client, server); found {
		return owner == user
	}
	for read := 0; read < tableReads; read++ {
		for _, table := range []string{"/proc/net/tcp", "/proc/net/tcp6"} {
			text, err := os.ReadFile(table)
			if err != nil {
				continue
			}
			if owner, found := ownerIn(string(text), client, server); found {
				return owner == user
			}
		}
	}
	return false
}

// ownerIn returns the user that has opened a connection, by the text of one of the kernel's tables.
func ownerIn(text string, client, server *net.TCPAddr) (int, bool) {
	for _, line := range strings.Split(text, "\n") {
		columns := strings.Fields(line)
		if len(columns) <= userColumn || columns[stateColumn] != established {
			continue
		}
		if isAddress(columns[localColumn], client) && isAddress(columns[remoteColumn], server) {
			owner, err := strconv.Atoi(columns[userColumn])
			return owner, err == nil
		}
	}
	return 0, false
}

// isAddress says whether an address as the kernel writes it is another one; IPv4 may be mapped to IPv6.
func isAddress(written string, address *net.TCPAddr) bool {
	hexadecimal, port, found := strings.Cut(written, ":")
	if !found || port != fmt.Sprintf("%04X", address.Port) {
		return false
	}
	if len(hexadecimal) == 8 {
		return address.IP.To4() != nil && hexadecimal == words(address.IP.To4())
	}
	return hexadecimal == words(address.IP.To16())
}

// words returns an address as words of 32 bits in the order of this machine, in hexadecimal.
func words(address net.IP) string {
	var text strings.Builder
	for start := 0; start+4 <= len(address); start += 4 {
		fmt.Fprintf(&text, "%08X", binary.NativeEndian.Uint32(address[start:start+4]))
	}
	return text.String()
}

// isOwnSocket asks lsof(8), which lists the sockets of a user's own processes, for one with these two ends.
func isOwnSocket(client, server *net.TCPAddr, user int) bool {
	port := "-i4TCP:" + strconv.Itoa(client.Port)
	answer, err := exec.Command(
		"/usr/sbin/lsof", "-nP", "-a", "-u", strconv.Itoa(user), port, "-sTCP:ESTABLISHED", "-Fn",
	).Output()
	if err != nil {
		return false
	}
	wanted := fmt.Sprintf("n%s:%d->%s:%d", client.IP, client.Port, server.IP, server.Port)
	for _, line := range strings.Split(string(answer), "\n") {
		if line == wanted {
			return true
		}
	}
	return false
}
