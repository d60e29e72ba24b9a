package journal_test

import (
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"lockerd/internal/journal"
)

// wrongKinds are what may lie where a file should; as should be a folder, the first is a file.
var wrongKinds = map[string]func(testing.TB, string){
	"folder": mkdir,
	"folder with something in it": func(t testing.TB, path string) {
		mkdir(t, path)
		write(t, path+"/master.key", []byte("of somebody"))
	},
	"pipe": func(t testing.TB, path string) {
		if err := unix.Mkfifo(path, 0o600); err != nil {
			t.Fatal(err)
		}
	},
	"link to a device": func(t testing.TB, path string) {
		if err := os.Symlink("/dev/null", path); err != nil {
			t.Fatal(err)
		}
	},
}

// TestWhatIsNoFileIsLeftAlone: a journal's path that is a folder or a device is a slip. What lies there is neither opened nor
// moved, and the error says what to do; once it is gone the newest backup is taken, as ever.
func TestWhatIsNoFileIsLeftAlone(t *testing.T) {
	for name, put := range wrongKinds {
		t.Run(name, func(t *testing.T) {
			cfg := config(t)
			worn(t, cfg)
			remove(t, cfg.Path)
			put(t, cfg.Path)
			before := names(t, filepath.Dir(cfg.Path))
			j, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler))
			if err == nil {
				shut(t, j)
			}
			advises(t, err, cfg.Path, "not a file", `"journal"`)
			if after := names(t, filepath.Dir(cfg.Path)); after != before {
				t.Errorf("want nothing touched: %s, got %s", before, after)
			}
			move(t, cfg.Path, t.TempDir()+"/away")
			if j := open(t, cfg); j.Origin() != journal.Restored {
				t.Errorf("want the backup, got %s", j.Origin())
			}
		})
	}
}

// A mark that is no file is none: the journal opens, and says what to do about it.
func TestAMarkThatIsNoFile(t *testing.T) {
	for name, put := range wrongKinds {
		t.Run(name, func(t *testing.T) {
			cfg := config(t)
			cfg.Mark = filepath.Join(t.TempDir(), "mark")
			put(t, cfg.Mark)
			advises(t, open(t, cfg).Mark(), cfg.Mark, "not a file", `"mark"`)
		})
	}
	t.Run("in a file", func(t *testing.T) {
		cfg := config(t)
		within := filepath.Join(t.TempDir(), "file")
		write(t, within, nil)
		cfg.Mark = within + "/mark"
		advises(t, open(t, cfg).Mark(), within, "not a folder", `"mark"`)
	})
}

// A folder that is none: a journal that is there goes on without backups, and says so; none is begun in a file.
func TestAFolderThatIsNone(t *testing.T) {
	cfg := config(t)
	cfg.Backups = filepath.Join(t.TempDir(), "backups")
	write(t, cfg.Backups, nil)
	_, err := journal.Open(cfg, master, slog.New(slog.DiscardHandler))
	advises(t, err, cfg.Backups, "not a folder", `"backups"`)
	remove(t, cfg.Backups)
	shut(t, open(t, cfg))
	write(t, cfg.Backups, nil)
	advises(t, open(t, cfg).Backup(), cfg.Backups, "not a folder", `"backups"`)

	within := filepath.Join(t.TempDir(), "file")
	write(t, within, nil)
	cfg.Path, cfg.Mark = within+"/journal.db", ""
	_, err = journal.Open(cfg, master, slog.New(slog.DiscardHandler))
	advises(t, err, within, "not a folder", `"journal"`)
}

// advises wants an error that says what is wrong, where, and which setting it is about.
func advises(t *testing.T, err error, words ...string) {
	t.Helper()
	if err == nil {
		t.Fatalf("want an error about %q", words)
	}
	for _, word := range append(words, "move it away") {
		if !strings.Contains(err.Error(), word) {
			t.Errorf("want %q in %q", word, err)
		}
	}
}

// names are the names and kinds of what is in a folder.
func names(t *testing.T, dir string) string {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var list []string
	for _, e := range entries {
		list = append(list, e.Name()+" "+e.Type().String())
	}
	return strings.Join(list, ", ")
}
