package main

import (
	"fmt"
	"io"

	"archc/passes/cost"
	"archc/passes/order"
)

// irReport is what archc ir gives as JSON.
type irReport struct {
	Model string       `json:"model"`
	IR    string       `json:"ir"`
	Forms []formReport `json:"forms,omitempty"`
	// States are what goes from step to step, behind the pass decode.
	States []stateReport `json:"states,omitempty"`
}

// formReport is one attend that two forms compute in different orders.
type formReport struct {
	Scope string `json:"scope"`
	Long  string `json:"long"`
	Short string `json:"short"`
	Rows  string `json:"crossover,omitempty"` // a rational number of rows
}

// writeForms says, as comments of the text, what the two forms cost where they differ.
func writeForms(w io.Writer, c *order.Choice, shown string) {
	if c == nil || c.Short == nil {
		return
	}
	other := map[string]string{"long": "short", "short": "long"}[shown]
	fmt.Fprintf(w, "// Two forms; this is the %s one, --form %s prints the other.\n", shown, other)
	for _, a := range c.Attends {
		fmt.Fprintf(w, "//\n// %s, %s rows of queries, %s keys, operations where the forms differ:\n",
			place(a), a.Query, a.Key)
		for _, p := range a.Parts {
			fmt.Fprintf(w, "//   %-7s reads %s\n", p.What, p.Latent)
		}
		fmt.Fprintf(w, "//   long    %s\n//   short   %s\n", cost.Pretty(a.Long()), cost.Pretty(a.Short()))
		if x, ok := a.Crossover(); ok {
			fmt.Fprintf(w, "//   equal at %s = %s = %s as %s grows; with fewer rows short is cheaper\n",
				a.Query, x.RatString(), x.FloatString(2), a.Key)
		}
	}
	fmt.Fprintln(w)
}

func place(a order.Alternative) string {
	if a.Name == "" {
		return a.Scope
	}
	return a.Scope + " " + a.Name
}

func formsReport(c *order.Choice) []formReport {
	if c == nil {
		return nil
	}
	var out []formReport
	for _, a := range c.Attends {
		r := formReport{Scope: place(a), Long: cost.Pretty(a.Long()), Short: cost.Pretty(a.Short())}
		if x, ok := a.Crossover(); ok {
			r.Rows = x.RatString()
		}
		out = append(out, r)
	}
	return out
}
