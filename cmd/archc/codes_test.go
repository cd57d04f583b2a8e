package main

import (
	"regexp"
	"strings"
	"testing"
)

// TestEveryCodeIsExplained: each row of each table has an id of its own and a story, and explain tells it.
func TestEveryCodeIsExplained(t *testing.T) {
	form := regexp.MustCompile(`^[ECTSRH][0-9]{3}$`)
	seen := map[string]bool{}
	for _, c := range allCodes() {
		if !form.MatchString(c.ID) || seen[c.ID] {
			t.Errorf("%q is no code, or stands twice", c.ID)
		}
		seen[c.ID] = true
		if c.Title == "" || len(strings.Fields(c.Story)) < 8 {
			t.Errorf("%s has no title or no story", c.ID)
		}
		out := succeed(t, "explain", strings.ToLower(c.ID))
		if !strings.HasPrefix(out, c.ID+": "+c.Title+"\n") {
			t.Errorf("explain %s begins %q", c.ID, strings.SplitN(out, "\n", 2)[0])
		}
		told := strings.Join(strings.Fields(out), " ")
		if !strings.Contains(told, strings.Join(strings.Fields(c.Story), " ")) {
			t.Errorf("explain %s does not tell the story", c.ID)
		}
	}
	for _, id := range []string{"E101", "E301", "E701", "C001", "T001", "S001", "R001", "H001"} {
		if !seen[id] {
			t.Errorf("the table of %s is not in the list", id)
		}
	}
}

// TestEveryLibraryNameIsExplained: a declaration of the library has a comment, and explain shows its source.
func TestEveryLibraryNameIsExplained(t *testing.T) {
	all, err := explanations()
	if err != nil {
		t.Fatal(err)
	}
	for _, x := range all {
		if x.Title == "" || x.Story == "" {
			t.Errorf("%s has no title or no comment", x.Name)
		}
		out := succeed(t, "explain", x.Name)
		if !strings.Contains(out, indented(x.Signature, 2)) || !strings.Contains(out, indented(strings.TrimSpace(x.Source), 2)) {
			t.Errorf("explain %s shows\n%s", x.Name, out)
		}
	}
}
