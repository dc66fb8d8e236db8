package main

import (
	"os"
	"path/filepath"

	"github.com/compose-spec/compose-go/loader"
	"github.com/compose-spec/compose-go/types"
)

// Checks it against Compose's schema, and that what it names is there. Nothing of this process's environment gets in.
func compose(file string) (*types.Project, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	return loader.Load(types.ConfigDetails{
		WorkingDir:  filepath.Dir(file),
		ConfigFiles: []types.ConfigFile{{Filename: file, Content: text}},
		Environment: map[string]string{},
	}, func(options *loader.Options) { options.SetProjectName("checked", false) })
}
