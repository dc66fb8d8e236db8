package main

import (
	"io/fs"
	"os"
	"path/filepath"

	"github.com/moby/buildkit/frontend/dockerfile/dockerignore"
	"github.com/moby/buildkit/frontend/dockerfile/instructions"
	"github.com/moby/buildkit/frontend/dockerfile/parser"
	"github.com/moby/patternmatcher"
)

type instruction struct {
	Name    string
	Text    string
	Sources []string `json:",omitempty"` // of a COPY
	From    string   `json:",omitempty"` // the stage that a COPY takes them from
}

type stage struct {
	Name         string
	Base         string
	Instructions []instruction
}

type parsed struct {
	Stages   []stage
	Warnings []string
}

func dockerfile(file string) (*parsed, error) {
	input, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer input.Close()
	tree, err := parser.Parse(input)
	if err != nil {
		return nil, err
	}
	found := &parsed{Warnings: []string{}}
	for _, warning := range tree.Warnings {
		found.Warnings = append(found.Warnings, warning.Short)
	}
	stages, _, err := instructions.Parse(tree.AST)
	if err != nil {
		return nil, err
	}
	for _, read := range stages {
		made := stage{Name: read.Name, Base: read.BaseName}
		for _, command := range read.Commands {
			one := instruction{Name: command.Name()}
			if text, ok := command.(interface{ String() string }); ok {
				one.Text = text.String()
			}
			if copying, ok := command.(*instructions.CopyCommand); ok {
				one.Sources, one.From = copying.SourcePaths, copying.From
			}
			made.Instructions = append(made.Instructions, one)
		}
		found.Stages = append(found.Stages, made)
	}
	return found, nil
}

func context(ignored, folder string) ([]string, error) {
	input, err := os.Open(ignored)
	if err != nil {
		return nil, err
	}
	defer input.Close()
	patterns, err := dockerignore.ReadAll(input)
	if err != nil {
		return nil, err
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, err
	}
	sent := []string{}
	err = filepath.WalkDir(folder, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(folder, path)
		if err != nil {
			return err
		}
		left, err := matcher.MatchesOrParentMatches(name)
		if err == nil && !left {
			sent = append(sent, name)
		}
		return err
	})
	return sent, err
}
