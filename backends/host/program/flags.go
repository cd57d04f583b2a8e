package program

import (
	"flag"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// flags are the command line: the names that archc run has.
type flags struct {
	checkpoint        string
	prompt, tokens    string
	hasPrompt         bool
	most, chunk       int
	logits, nonFinite bool
	temperature, topP float64
	topK, threads     int
	seed              uint64
}

const usageText = `%[1]s, with its sizes fixed when it was built.

  engine -m CHECKPOINT -p TEXT [-n N]        continue a text
  engine -m CHECKPOINT --tokens 1,2,3        continue ids; nothing is added, all ids are printed

`

// parse reads the command line and finds flags that do not go together.
func parse(m Model, args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("engine", flag.ContinueOnError)
	set.SetOutput(io.Discard)
	set.StringVar(&f.checkpoint, "m", "", "checkpoint: its `directory`, .safetensors file or index")
	set.StringVar(&f.prompt, "p", "", "`text` to continue, or - for standard input")
	set.StringVar(&f.tokens, "tokens", "", "`ids` to continue, separated by commas")
	set.IntVar(&f.most, "n", 64, "new tokens at most")
	set.BoolVar(&f.logits, "logits", false, "print the scores behind the prompt's last token as JSON, and no text")
	set.Float64Var(&f.temperature, "temperature", 0, "choose at random at this temperature; 0 is greedy")
	set.IntVar(&f.topK, "top-k", 0, "choose among the `K` best tokens; 0 is all")
	set.Float64Var(&f.topP, "top-p", 1, "choose among the best tokens of this probability")
	set.Uint64Var(&f.seed, "seed", 0, "seed of the choice")
	set.IntVar(&f.chunk, "chunk", 512, "tokens of the prompt that are computed at once")
	set.IntVar(&f.threads, "threads", 0, "threads; 0 is one for each core")
	set.BoolVar(&f.nonFinite, "allow-nonfinite", false, "accept NaN and infinities in the checkpoint")
	if err := set.Parse(args); err != nil {
		if err == flag.ErrHelp {
			fmt.Fprintf(stderr, usageText, m.Name)
			set.SetOutput(stderr)
			set.PrintDefaults()
			return f, err
		}
		return f, fail(exitUsage, "engine -h lists the flags", "%v", err)
	}
	set.Visit(func(g *flag.Flag) { f.hasPrompt = f.hasPrompt || g.Name == "p" })
	return f, f.contradiction(set)
}

func (f *flags) contradiction(set *flag.FlagSet) error {
	seeded := false
	set.Visit(func(g *flag.Flag) { seeded = seeded || g.Name == "seed" })
	usage := func(format string, args ...any) error {
		return fail(exitUsage, "engine -h lists the flags", format, args...)
	}
	switch {
	case set.NArg() > 0:
		return usage("%q is no flag", set.Arg(0))
	case f.checkpoint == "":
		return usage("give a checkpoint with -m")
	case f.hasPrompt == (f.tokens != ""):
		return usage("give either -p or --tokens")
	case f.most < 0:
		return usage("-n is 0 or more")
	case f.chunk < 1:
		return usage("--chunk is 1 or more")
	case f.threads < 0 || f.threads > 1024:
		return usage("--threads is from 0 to 1024")
	case f.temperature == 0 && (f.topK != 0 || f.topP != 1 || seeded):
		return usage("--top-k, --top-p and --seed need --temperature: without it the best token is taken")
	}
	return nil
}

func idList(text string) ([]int, error) {
	var ids []int
	for field := range strings.SplitSeq(text, ",") {
		id, err := strconv.Atoi(strings.TrimSpace(field))
		if err != nil {
			return nil, fail(exitUsage, "", "--tokens takes ids separated by commas, not %q", field)
		}
		ids = append(ids, id)
	}
	return ids, nil
}
