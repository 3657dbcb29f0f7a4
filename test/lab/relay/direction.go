package main

import (
	"container/heap"
	"math/rand"
	"syscall"
	"time"
)

// direction is one way through the relay, and what has gone it.
type direction struct {
	from, to      int
	random        *rand.Rand
	delay, jitter time.Duration
	loss          float64
	underway      chan packet
	Carried       int `json:"carried"`
	Lost          int `json:"lost"`
}

// packet is a frame on its way. Those that are due at the same instant keep their order.
type packet struct {
	frame  []byte
	due    time.Time
	number int
}

func newDirection(from, to int, random *rand.Rand, delayMs, jitterMs, loss float64) *direction {
	return &direction{
		from: from, to: to, random: random, loss: loss, underway: make(chan packet, 1<<16),
		delay: milliseconds(delayMs), jitter: milliseconds(jitterMs),
	}
}

// read decides the fate of each packet as it comes, so that it depends on the seed and the order alone.
func (d *direction) read() {
	buffer := make([]byte, 1<<16)
	for number := 0; ; number++ {
		size, err := syscall.Read(d.from, buffer)
		if err != nil {
			// A device that is not up yet, or no longer.
			time.Sleep(time.Millisecond)
			continue
		}
		now := time.Now()
		if frame := append([]byte{}, buffer[:size]...); isSpared(frame) {
			d.underway <- packet{frame, now, number}
		} else if d.random.Float64() < d.loss {
			d.Lost++
		} else {
			d.Carried++
			late := time.Duration(d.random.Float64() * float64(d.jitter))
			d.underway <- packet{frame, now.Add(d.delay + late), number}
		}
	}
}

// deliver writes each packet when it is due.
func (d *direction) deliver() {
	waiting := &queue{}
	for {
		var due <-chan time.Time
		if waiting.Len() > 0 {
			due = time.After(time.Until((*waiting)[0].due))
		}
		select {
		case next := <-d.underway:
			heap.Push(waiting, next)
		case <-due:
			// A device that is down loses it, as a cable would.
			_, _ = syscall.Write(d.to, heap.Pop(waiting).(packet).frame)
		}
	}
}

type queue []packet

func (q queue) Len() int { return len(q) }
func (q queue) Less(i, j int) bool {
	return q[i].due.Before(q[j].due) || q[i].due.Equal(q[j].due) && q[i].number < q[j].number
}
func (q queue) Swap(i, j int)  { q[i], q[j] = q[j], q[i] }
func (q *queue) Push(item any) { *q = append(*q, item.(packet)) }
func (q *queue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}

func milliseconds(ms float64) time.Duration {
	return time.Duration(ms * float64(time.Millisecond))
}
