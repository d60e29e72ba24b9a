package ui

import (
	"embed"

	"lockerd/internal/wording"
)

// A language has three files here: texts for everybody, for technicians, and for commissioning. Those for the event log, and for how doors
// stand, are wording's.
//
//go:embed languages/*.toml languages/service/*.toml languages/setup/*.toml
var languageFiles embed.FS

// languages are the folders of texts.
var languages = []wording.Folder{{Files: languageFiles, Path: "languages"}, {Files: languageFiles, Path: "languages/service"},
	{Files: languageFiles, Path: "languages/setup"}, wording.Records, wording.States}

// Languages are the languages with a catalogue, as "en", in alphabetical order.
func Languages() []string { return languages[0].Languages() }

// catalogue is every text in one language, and args are what fills a text.
type (
	catalogue = wording.Catalogue
	args      = wording.Args
)

func loadCatalogues() (map[string]*catalogue, error) {
	return wording.Load(languages[0], languages[1:]...)
}
