package contract

import (
	_ "embed"
	"encoding/binary"
	"fmt"
	"sync"

	"github.com/klauspost/compress/zstd"
)

// Dictionary is the zstd dictionary (RFC 8878, section 5) of packed messages. Its number stands in each frame: another dictionary is
// another number, and a receiver keeps those that it has known. docs/contract/ has it as a file.
//
//go:embed dictionary-32769.zstd
var Dictionary []byte

// magic begins each zstd frame (RFC 8878, section 3.1.1). It is not sent.
const magic = 0xFD2FB528

var encoder = sync.OnceValue(func() *zstd.Encoder {
	e, err := zstd.NewWriter(nil, zstd.WithEncoderDict(Dictionary), zstd.WithEncoderLevel(zstd.SpeedBetterCompression), zstd.WithEncoderCRC(false),
		zstd.WithWindowSize(128<<10), zstd.WithSingleSegment(true), zstd.WithEncoderConcurrency(1), zstd.WithLowerEncoderMem(true))
	if err != nil {
		panic(fmt.Sprintf("contract: dictionary: %v", err)) // it goes with the program
	}
	return e
})

var decoder = sync.OnceValue(func() *zstd.Decoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderDicts(Dictionary), zstd.WithDecoderMaxMemory(maxText), zstd.WithDecoderMaxWindow(maxText),
		zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(fmt.Sprintf("contract: dictionary: %v", err))
	}
	return d
})

// compress makes a frame, without its magic number.
func compress(text []byte) []byte {
	return encoder().EncodeAll(text, nil)[4:]
}

// decompress reads a frame that comes without its magic number.
func decompress(frame []byte) ([]byte, error) {
	return decoder().DecodeAll(append(binary.LittleEndian.AppendUint32(nil, magic), frame...), nil)
}
