package program

import (
	"flag"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// flags are the command line: the names that archc run has.
type flags struct {
	common
	prompt, tokens    string
	hasPrompt         bool
	most, chunk       int
	logits            bool
	temperature, topP float64
	topK              int
	seed              uint64
}

// common are the flags that every program has.
type common struct {
	checkpoint string
	threads    int
	nonFinite  bool
}

func (c *common) add(set *flag.FlagSet) {
	set.StringVar(&c.checkpoint, "m", "", "checkpoint: its `directory`, .safetensors file or index")
	set.IntVar(&c.threads, "threads", 0, "threads; 0 is one for each core")
	set.BoolVar(&c.nonFinite, "allow-nonfinite", false, "accept NaN and infinities in the checkpoint")
}

const usageText = `%[1]s, with its sizes fixed when it was built.

  engine -m CHECKPOINT -p TEXT [-n N]        continue a text
  engine -m CHECKPOINT --tokens 1,2,3        continue ids; nothing is added, all ids are printed

`

// parse reads the command line and finds flags that do not go together.
func parse(m Model, args []string, stderr io.Writer) (flags, error) {
	var f flags
	set := flag.NewFlagSet("engine", flag.ContinueOnError)
	f.common.add(set)
	set.StringVar(&f.prompt, "p", "", "`text` to continue, or - for standard input")
	set.StringVar(&f.tokens, "tokens", "", "`ids` to continue, separated by commas")
	set.IntVar(&f.most, "n", 64, "new tokens at most")
	set.BoolVar(&f.logits, "logits", false, "print the scores behind the prompt's last token as JSON, and no text")
	set.Float64Var(&f.temperature, "temperature", 0, "choose at random at this temperature; 0 is greedy")
	set.IntVar(&f.topK, "top-k", 0, "choose among the `K` best tokens; 0 is all")
	set.Float64Var(&f.topP, "top-p", 1, "choose among the best tokens of this probability")
	set.Uint64Var(&f.seed, "seed", 0, "seed of the choice")
	set.IntVar(&f.chunk, "chunk", 512, "tokens of the prompt that are computed at once")
	if err := read(set, args, stderr, fmt.Sprintf(usageText, m.Name)); err != nil {
		return f, err
	}
	set.Visit(func(g *flag.Flag) { f.hasPrompt = f.hasPrompt || g.Name == "p" })
	return f, f.contradiction(set)
}

// read reads the command line, or prints what it may be.
func read(set *flag.FlagSet, args []string, stderr io.Writer, usage string) error {
	set.SetOutput(io.Discard)
	err := set.Parse(args)
	switch {
	case err == flag.ErrHelp:
		fmt.Fprint(stderr, usage)
		set.SetOutput(stderr)
		set.PrintDefaults()
		return err
	case err != nil:
		return misused("%v", err)
	case set.NArg() > 0:
		return misused("%q is no flag", set.Arg(0))
	}
	return nil
}

func misused(format string, args ...any) error {
	return fail(exitUsage, "engine -h lists the flags", format, args...)
}

func (c *common) contradiction() error {
	if c.threads < 0 || c.threads > 1024 {
		return misused("--threads is from 0 to 1024")
	}
	return nil
}

func (f *flags) contradiction(set *flag.FlagSet) error {
	seeded := false
	set.Visit(func(g *flag.Flag) { seeded = seeded || g.Name == "seed" })
	switch {
	case f.checkpoint == "":
		return misused("give a checkpoint with -m")
	case f.hasPrompt == (f.tokens != ""):
		return misused("give either -p or --tokens")
	case f.most < 0:
		return misused("-n is 0 or more")
	case f.chunk < 1:
		return misused("--chunk is 1 or more")
	case f.temperature == 0 && (f.topK != 0 || f.topP != 1 || seeded):
		return misused("--top-k, --top-p and --seed need --temperature: without it the best token is taken")
	}
	return f.common.contradiction()
}

// arrayFlags are the command line of a function.
type arrayFlags struct {
	common
	inputs []string
	output string
	seed   *uint64
}

const arrayUsage = `%[1]s, with its sizes fixed when it was built.
%[2]s

  engine %[3]s--input NAME=FILE [--output FILE]    compute the outputs of inputs

`

// parse reads the command line of a function.
func (f Function) parse(args []string, stderr io.Writer) (arrayFlags, error) {
	var a arrayFlags
	set := flag.NewFlagSet("engine", flag.ContinueOnError)
	a.common.add(set)
	set.Func("input", "input, `NAME=FILE`: .safetensors, .npy, .png; one more axis in front is a batch", func(text string) error {
		a.inputs = append(a.inputs, text)
		return nil
	})
	set.StringVar(&a.output, "output", "", "write the outputs as .safetensors to a `file`")
	set.Func("seed", "seed of the random draws that are not given, a whole `number`", func(text string) error {
		n, err := strconv.ParseUint(text, 0, 64)
		a.seed = &n
		return err
	})
	weights := ""
	if f.Weights {
		weights = "-m CHECKPOINT "
	}
	if err := read(set, args, stderr, fmt.Sprintf(arrayUsage, f.Name, f.Signature, weights)); err != nil {
		return a, err
	}
	return a, a.contradiction(f)
}

func (a *arrayFlags) contradiction(f Function) error {
	drawn := slices.ContainsFunc(f.Inputs, func(p Port) bool { return p.Draw != "" })
	switch {
	case f.Weights && a.checkpoint == "":
		return misused("give a checkpoint with -m")
	case !f.Weights && a.checkpoint != "":
		return misused("the model has no weights: leave -m out")
	case a.seed != nil && !drawn:
		return misused("--seed needs a model with random draws: without one nothing is chosen at random")
	}
	return a.common.contradiction()
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
