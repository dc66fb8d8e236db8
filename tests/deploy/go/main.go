// Reads what containers are made of with the code that the real tools read it with, and says it as JSON or YAML, for the tests in Python.
//
//	checks compose FILE           the project as Docker Compose understands it
//	checks dockerfile FILE        its stages and instructions as BuildKit understands them
//	checks context FILE FOLDER    the files of FOLDER that BuildKit sends, past FILE in .dockerignore's form
//	checks kustomize FOLDER       the manifests that kubectl would apply
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
)

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	usage := errors.New("usage: checks compose FILE | dockerfile FILE | context FILE FOLDER | kustomize FOLDER")
	if len(arguments) < 2 || (arguments[0] == "context") != (len(arguments) == 3) {
		return usage
	}
	switch arguments[0] {
	case "compose":
		return printed(compose(arguments[1]))
	case "dockerfile":
		return printed(dockerfile(arguments[1]))
	case "context":
		return printed(context(arguments[1], arguments[2]))
	case "kustomize":
		text, err := kustomize(arguments[1])
		os.Stdout.Write(text)
		return err
	}
	return usage
}

func printed(value any, err error) error {
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(value)
}
