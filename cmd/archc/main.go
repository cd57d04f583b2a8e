package main

import (
	"context"
	"os"
	"os/signal"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/alecthomas/kong"
)

// verb is one row of the verb table.
type verb struct {
	name    string
	help    string
	example string // of a command line, shown by --help
	command interface{ Run(s *session) error }
}

// verbs is the table: a verb is its row here and its file.
func verbs() []verb {
	return []verb{
		{"check", "Find every mistake of a file.", "archc check examples/llama.arch", &checkVerb{}},
		{"fmt", "Print a file in the one canonical form.", "archc fmt -w examples/llama.arch", &fmtVerb{}},
		{"stats", "Count parameters, work, caches and memory.",
			"archc stats examples/gpt2.arch --batch 1 --seq 1024", &statsVerb{}},
		{"devices", "List what is known about devices.", "archc devices h200", &devicesVerb{}},
		{"sweep", "Count every design of a search space, and mark the best.",
			"archc sweep examples/llama.arch --set H=8,16,32 --set G=1,8 --objective 'min params' --objective 'min cache'", &sweepVerb{}},
		{"diff", "Compare designs: structure, figures, and what causes each difference.",
			"archc diff examples/llama3-8b.arch examples/llama3-70b.arch --seq 4096", &diffVerb{}},
		{"ir", "Print the intermediate representation.", "archc ir examples/llama.arch --set L=8", &irVerb{}},
		{"plan", "Print the kernels of a model, their work and their memory.",
			"archc plan examples/gpt2.arch --seq T=1,past=1023", &planVerb{}},
		{"run", "Run a model on a checkpoint.",
			`archc run examples/llama.arch -m examples/checkpoints/dates -p "March 5, 1987 ="`, &runVerb{}},
		{"build", "Write a model out as an engine of its own.",
			"archc build examples/llama.arch --config examples/checkpoints/dates -o dates-engine", &buildVerb{}},
		{"bench", "Measure how fast a model reads a prompt and makes tokens.",
			"archc bench examples/llama.arch -m examples/checkpoints/dates --prompt 64 --new 32 --repeat 3", &benchVerb{}},
		{"import", "Write a configuration of Hugging Face as a file.",
			"archc import examples/checkpoints/dates -o dates.arch", &importVerb{}},
		{"explain", "Tell the story of an error code, or show a library declaration.",
			"archc explain E301", &explainVerb{}},
		{"version", "Print the version.", "archc version", &versionVerb{}},
	}
}

// global are the flags of every verb.
type global struct {
	Format string `default:"human" help:"Form of output and diagnostics: human or json; sweep also csv, diff also md, csv and html."`
}

// moreForms is a verb with forms of output beside human and json. Its diagnostics are in the human one there.
type moreForms interface{ formats() []string }

// formatOf refuses a form that the verb does not have.
func formatOf(called *kong.Context, format string) error {
	known := []string{"human", "json"}
	if node := called.Selected(); node != nil {
		if v, ok := node.Target.Addr().Interface().(moreForms); ok {
			known = append(known, v.formats()...)
		}
	}
	if !slices.Contains(known, format) {
		return usage("--format must be one of \"%s\" but got %q", strings.Join(known, `","`), format)
	}
	return nil
}

func main() {
	ctx, stop := interruptible()
	s := newSession(ctx)
	code := dispatch(s, os.Args[1:])
	stop()
	os.Exit(int(code))
}

// dispatch runs the verb that the arguments name. It is the one place that recovers.
func dispatch(s *session, args []string) (code exitCode) {
	defer func() {
		if r := recover(); r != nil {
			s.reportPanic(r)
			code = exitBug
		}
	}()
	for i, arg := range args {
		if !utf8.ValidString(arg) { // the parser would replace bytes silently
			return s.report(usage("argument %d is not valid UTF-8: %q", i+1, arg))
		}
	}
	var g global
	parser := newParser(&g)
	called, err := parser.Parse(args)
	if err != nil {
		return s.report(usage("%v (see archc --help)", err))
	}
	if err := formatOf(called, g.Format); err != nil {
		return s.report(err)
	}
	s.json, s.format = g.Format == "json", g.Format
	err = called.Run(s)
	if flushed := s.flush(); err == nil {
		err = flushed
	}
	return s.report(err)
}

func newParser(g *global) *kong.Kong {
	table := verbs()
	options := []kong.Option{
		kong.Name("archc"),
		kong.Description("A compiler for model architectures written as mathematics.\n\n" + exitTable()),
		kong.ConfigureHelp(kong.HelpOptions{Compact: true, NoAppDescFormat: true, WrapUpperBound: 100}),
		kong.PostBuild(func(k *kong.Kong) error { return addExamples(k, table) }),
	}
	for _, v := range table {
		options = append(options, kong.DynamicCommand(v.name, v.help, "", v.command))
	}
	return kong.Must(g, options...)
}

// addExamples puts each verb's example below what its own Help says.
func addExamples(k *kong.Kong, table []verb) error {
	for _, node := range k.Model.Children {
		for _, v := range table {
			if v.name == node.Name {
				node.Detail = strings.TrimSpace(node.Detail + "\n\nExample:\n\n    " + v.example)
			}
		}
	}
	return nil
}

// interruptible gives a context that the first interrupt ends; the second one ends the process.
func interruptible() (context.Context, func()) {
	ctx, cancel := context.WithCancel(context.Background())
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, os.Interrupt)
	go func() {
		<-signals
		cancel()
		<-signals
		os.Exit(int(exitInterrupt))
	}()
	return ctx, func() { signal.Stop(signals); cancel() }
}
