package main

import (
	"container/heap"
	"net"
	"time"
)

// Word is what one source sends over one cable.
type Word struct {
	Interface string   `json:"interface"`
	Source    string   `json:"source"`
	Target    string   `json:"target"`
	Packets   []Packet `json:"packets"`
	// Scan comes before the packets; what it is answered is not reported.
	Scan *Scan `json:"scan"`
}

// Packet is one of a word's packets, and when to send it.
type Packet struct {
	AtMs     float64 `json:"atMs"`
	Protocol string  `json:"protocol"`
	// Port is the destination; Flow is the source port, or a ping's id.
	Port uint16 `json:"port"`
	Flow uint16 `json:"flow"`
	// Flags are TCP's: "syn", "bogus" (SYN and FIN), "data" on the connection that the flow's SYN began; or by their
	// names "fin", "null", "xmas", "ack", "rst".
	Flags        string `json:"flags"`
	PayloadBytes int    `json:"payloadBytes"`
	// Payload is what a datagram carries.
	Payload []byte `json:"payload"`
	// Keep asks for the frame that answered.
	Keep bool `json:"keep"`
	// FragmentAt is where to cut what follows the IP header, in bytes; none is to send it whole.
	FragmentAt int `json:"fragmentAt"`
	// From is the source address, where that is not the word's.
	From string `json:"from"`
	// PatienceMs is for an answer that a program gives; the kernel's own answers need none.
	PatienceMs int `json:"patienceMs"`
	// Resume continues a connection that an earlier run began: what it sent last, and what it got.
	Resume *Numbers `json:"resume"`
}

// Numbers are the next sequence number and the next acknowledgement of a connection.
type Numbers struct {
	Next uint32 `json:"next"`
	Ack  uint32 `json:"ack"`
}

// Sent says when a packet went out, and what came back.
type Sent struct {
	AtMs float64 `json:"atMs"`
	// WithinMs is how much later at most the host took it: a machine may stand still in between.
	WithinMs float64 `json:"withinMs"`
	Answer   string  `json:"answer"`
	Frame    []byte  `json:"frame,omitempty"`
	// Numbers are where the connection stands after the packet, if it belongs to one.
	Numbers *Numbers `json:"numbers,omitempty"`
}

// turn is the next packet of a word, and when it is due.
type turn struct {
	word, packet int
	due          time.Time
}

type queue []turn

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }
func (q queue) Swap(i, j int)      { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(item any)     { *q = append(*q, item.(turn)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

// run sends all words at once, on a CPU of that number. One packet is on its way at a time, so each answer belongs to one packet.
func run(cpu int, words []Word) ([][]Sent, error) {
	link, err := openLink(cpu)
	if err != nil {
		return nil, err
	}
	report := make([][]Sent, len(words))
	peers := make([]*peer, len(words))
	for w, word := range words {
		report[w] = make([]Sent, len(word.Packets))
		if peers[w], err = meet(link, word); err != nil {
			return nil, err
		}
	}
	start := time.Now()
	turns := &queue{}
	for w, word := range words {
		switch {
		case word.Scan != nil:
			heap.Push(turns, turn{w, -scannedPorts, start})
		case len(word.Packets) > 0:
			heap.Push(turns, turn{w, 0, start.Add(milliseconds(word.Packets[0].AtMs))})
		}
	}
	for turns.Len() > 0 {
		next := heap.Pop(turns).(turn)
		packets := words[next.word].Packets
		time.Sleep(time.Until(next.due))
		now := time.Now()
		if next.packet < 0 {
			scan := words[next.word].Scan
			if err := link.scan(peers[next.word], scan, next.packet+scannedPorts); err != nil {
				return nil, err
			}
			heap.Push(turns, turn{next.word, next.packet + 1, now.Add(scan.pause())})
			continue
		}
		answer, handled, err := link.ask(peers[next.word].as(packets[next.packet].From), packets[next.packet])
		if err != nil {
			return nil, err
		}
		var frame []byte
		if packets[next.packet].Keep {
			frame = link.answer
		}
		report[next.word][next.packet] = Sent{
			Frame:    frame,
			AtMs:     float64(now.Sub(start)) / float64(time.Millisecond),
			WithinMs: float64(handled.Sub(now)) / float64(time.Millisecond),
			Answer:   answer,
			Numbers:  peers[next.word].numbers(packets[next.packet].Flow),
		}
		// A packet that is late makes the next one late too: pauses may get longer, and never shorter.
		if n := next.packet + 1; n < len(packets) {
			pause := milliseconds(packets[n].AtMs - packets[next.packet].AtMs)
			heap.Push(turns, turn{next.word, n, now.Add(pause)})
		}
	}
	return report, nil
}

func meet(link *link, word Word) (*peer, error) {
	card, err := net.InterfaceByName(word.Interface)
	if err != nil {
		return nil, err
	}
	if err := link.await(card.Index); err != nil {
		return nil, err
	}
	return &peer{card.Index, net.ParseIP(word.Source), net.ParseIP(word.Target), map[uint16]*Numbers{}}, nil
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond))
}
