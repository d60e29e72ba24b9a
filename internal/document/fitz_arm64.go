//go:build cgo && linux && arm64

package document

// go-fitz's archive for arm64 (libmupdf_linux_arm64.a, v1.24.15) was built where strtol is C23's (glibc 2.38), and asks for
// it by that name. Debian 12 has glibc 2.36: here it is by the old one, which differs in reading "0b1" alone.

/*
#include <stdlib.h>
__attribute__((weak)) long __isoc23_strtol(const char *s, char **end, int base) { return strtol(s, end, base); }
__attribute__((weak)) unsigned long __isoc23_strtoul(const char *s, char **end, int base) { return strtoul(s, end, base); }
*/
import "C"
