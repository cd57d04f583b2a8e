package tokenizer

import "fmt"

// around is what a post-processor puts before and after a text's ids.
type around struct {
	before, after []int
	at            config // where it stands, for messages
}

// processors are the known post-processors. ByteLevel moves offsets, which are not computed here.
var processors = section[around]{"post_processor", "processors", []row[around]{
	{"TemplateProcessing", []string{"single", "pair", "special_tokens"}, buildTemplate},
	{"ByteLevel", byteLevelKeys, func(config) (around, error) {
		return around{}, nil
	}},
	{"BertProcessing", []string{"sep", "cls"}, buildClsSep},
	{"RobertaProcessing", []string{"sep", "cls", "trim_offsets", "add_prefix_space"}, buildClsSep},
}}

// buildTemplate reads the template for a single text; the one for pairs is not used here.
func buildTemplate(c config) (around, error) {
	out := around{at: c}
	single, err := c.want("single", isArray)
	if err != nil {
		return out, err
	}
	texts := 0
	for i := range single.items {
		item := config{c.src, fmt.Sprintf("%s.single[%d]", c.path, i), &single.items[i]}
		ids, err := templateItem(c, item)
		switch {
		case err != nil:
			return out, err
		case ids == nil:
			texts++
		case texts == 0:
			out.before = append(out.before, ids...)
		default:
			out.after = append(out.after, ids...)
		}
	}
	if texts != 1 {
		return out, c.failKey("T012", "single", "expected the text once, found it %d times", texts)
	}
	return out, nil
}

// templateItem is the ids of {"SpecialToken": ...}, or nil for {"Sequence": {"id": "A"}}, which is the
// text.
func templateItem(c, item config) ([]int, error) {
	if len(item.node.keys) != 1 {
		return nil, item.fail("T004", "expected one key, SpecialToken or Sequence, found %d", len(item.node.keys))
	}
	if err := item.only("SpecialToken", "Sequence"); err != nil {
		return nil, err
	}
	name := item.node.keys[0]
	inner := config{c.src, item.path + "." + name, &item.node.items[0]}
	if err := inner.only("id", "type_id"); err != nil {
		return nil, err
	}
	id, err := inner.want("id", isString)
	if err != nil {
		return nil, err
	}
	if name == "SpecialToken" {
		return templateToken(c, inner, id.text)
	}
	if id.text != "A" {
		return nil, inner.failKey("T012", "id", `expected "A" in a template for one text, found %s`, quote(id.text))
	}
	return nil, nil
}

// templateToken looks the token up in the template's own table.
func templateToken(c, item config, name string) ([]int, error) {
	table := config{c.src, c.path + ".special_tokens", c.node.get("special_tokens")}
	row := table.node.get(name)
	if row.kind != isObject {
		return nil, item.failKey("T025", "id", "%s is not in special_tokens", quote(name))
	}
	entry := config{c.src, table.path + "." + name, row}
	if err := entry.only("id", "ids", "tokens"); err != nil {
		return nil, err
	}
	ids, err := entry.want("ids", isArray)
	if err != nil {
		return nil, err
	}
	out := make([]int, 0, len(ids.items))
	for i := range ids.items {
		id, err := entry.wholeNode(&ids.items[i], fmt.Sprintf("ids[%d]", i), maxTokens-1)
		if err != nil {
			return nil, err
		}
		out = append(out, id)
	}
	return out, nil
}

// buildClsSep is [CLS] text [SEP]; each of the two is written ["[SEP]", 102].
func buildClsSep(c config) (around, error) {
	cls, err := clsSep(c, "cls")
	if err != nil {
		return around{at: c}, err
	}
	sep, err := clsSep(c, "sep")
	return around{[]int{cls}, []int{sep}, c}, err
}

func clsSep(c config, key string) (int, error) {
	pair, err := c.want(key, isArray)
	if err != nil {
		return 0, err
	}
	if len(pair.items) != 2 {
		return 0, c.failKey("T004", key, "expected a token and its id, found %d values", len(pair.items))
	}
	return c.wholeNode(&pair.items[1], key+"[1]", maxTokens-1)
}
