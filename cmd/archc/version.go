package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
)

// release is the version of the command; between releases it ends in -dev.
const release = "0.1.0-dev"

// versionVerb prints which archc this is.
type versionVerb struct{}

type versionInfo struct {
	Version  string `json:"version"`
	Revision string `json:"revision,omitempty"` // of the checkout it was built from
	Go       string `json:"go"`
	Platform string `json:"platform"`
}

// Run prints one line.
func (*versionVerb) Run(s *session) error {
	v := versionInfo{Version: release, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, x := range info.Settings {
			if x.Key == "vcs.revision" {
				v.Revision = x.Value
			}
		}
	}
	if s.json {
		return json.NewEncoder(s.out).Encode(v)
	}
	at := ""
	if v.Revision != "" {
		at = " (" + v.Revision[:min(12, len(v.Revision))] + ")"
	}
	_, err := fmt.Fprintf(s.out, "archc %s%s %s %s\n", v.Version, at, v.Go, v.Platform)
	return err
}
