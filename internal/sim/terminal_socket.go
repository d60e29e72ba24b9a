package sim

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"sync"
)

// Listen serves adapters at a socket, as Serve does, until ctx is cancelled: each of them is a process that hands on what is said, see
// TerminalAt. comes is called with the connection of each.
func (t *Terminal) Listen(ctx context.Context, socket string, comes func(net.Conn)) error {
	_ = os.Remove(socket) // of a run that was killed
	l, err := net.Listen("unix", socket)
	if err != nil {
		return fmt.Errorf("sim: terminal: %w", err)
	}
	var all sync.WaitGroup
	defer all.Wait()
	var mu sync.Mutex
	var newest net.Conn
	hangUp := func(next net.Conn) {
		mu.Lock()
		defer mu.Unlock()
		if newest != nil { // it is gone, or has no business here any more
			_ = newest.Close()
		}
		newest = next
	}
	stop := context.AfterFunc(ctx, func() {
		_ = l.Close()
		hangUp(nil)
	})
	defer stop()
	for {
		c, err := l.Accept()
		if err != nil {
			if ctx.Err() != nil {
				return nil
			}
			return fmt.Errorf("sim: terminal: %w", err)
		}
		hangUp(c)
		comes(c)
		all.Go(func() {
			_ = t.Serve(c, c) // an adapter that is killed ends in the middle of a line
			_ = c.Close()
		})
	}
}

// TerminalAt is the adapter of a terminal that listens at a socket: it hands everything on, and ends with it.
func TerminalAt(socket string, in io.Reader, out io.Writer) error {
	c, err := net.Dial("unix", socket)
	if err != nil {
		return fmt.Errorf("sim: terminal: %w", err)
	}
	there, is := c.(*net.UnixConn)
	if !is {
		panic(fmt.Sprintf("sim: terminal: %T", c))
	}
	go func() { // ends with the process
		_, _ = io.Copy(there, in)
		_ = there.CloseWrite()
	}()
	_, err = io.Copy(out, there)
	return err
}
