// What Go's template engine makes of templates with the functions of sprig, as the External Secrets operator runs both.
//
// It reads a JSON list of objects with `template` and `data` from its standard input, and writes a list of objects with
// `text` or `error`.
package main

import (
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"text/template"

	"github.com/Masterminds/sprig/v3"
)

type asked struct {
	Template string            `json:"template"`
	Data     map[string]string `json:"data"`
}

type answer struct {
	Text  string `json:"text"`
	Error string `json:"error"`
}

func main() {
	var all []asked
	if err := json.NewDecoder(os.Stdin).Decode(&all); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
	answers := []answer{}
	for _, one := range all {
		answers = append(answers, execute(one))
	}
	if err := json.NewEncoder(os.Stdout).Encode(answers); err != nil {
		fmt.Fprintln(os.Stderr, "error:", err)
		os.Exit(1)
	}
}

func execute(one asked) answer {
	// The operator's own option: a key that is missing is an error.
	parsed, err := template.New("value").Option("missingkey=error").Funcs(sprig.TxtFuncMap()).Parse(one.Template)
	if err != nil {
		return answer{Error: err.Error()}
	}
	var text strings.Builder
	if err := parsed.Execute(&text, one.Data); err != nil {
		return answer{Error: err.Error()}
	}
	return answer{Text: text.String()}
}
