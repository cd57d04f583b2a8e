package syntax

import (
	"io"
	"sync"

	"github.com/alecthomas/participle/v2"
	"github.com/alecthomas/participle/v2/lexer"
)

// The concrete syntax, as participle reads it; tree.go turns it into the abstract one. Fields, settings,
// forward functions and expressions all start alike (with an expression) and are told apart by what
// follows, so a body has one kind of statement here, and tree.go says what may stand where.

// tok is participle's token; its Pos.Line holds the token's index, from which spans are made. A field named
// Tokens gets all tokens of its rule.
type tok = lexer.Token

type cDecl struct {
	Tokens  []tok
	Import  *cImport  `parser:"'import' @@"`
	From    *cFrom    `parser:"| 'from' @@"`
	Block   *cBlock   `parser:"| @@"`
	Pattern *cPattern `parser:"| 'pattern' @@"`
	Func    *cStmt    `parser:"| @@"`
}

type cImport struct {
	Name  *tok  `parser:"( @Word"`
	File  *tok  `parser:"| @String )"`
	Names []tok `parser:"( '{' @( Word ( ( ',' | End ) Word? )* ) '}' )?"` // the separators too
}

type cFrom struct {
	Kind  *tok   `parser:"@Word"`
	Names []tok  `parser:"@( String ( ',' String )* )"` // the separators too
	Body  *cBody `parser:"@@"`
}

type cBlock struct {
	Tokens []tok
	Kind   string   `parser:"@( 'block' | 'model' )"`
	Name   *tok     `parser:"@Word"`
	Params *cParams `parser:"@@?"`
	Alias  *cAlias  `parser:"( '=' @@"`
	Body   *cBody   `parser:"| @@ )"`
}

type cParams struct {
	Tokens []tok
	List   []*cParam `parser:"'(' ( @@ ( ',' @@? )* )? ')'"`
}

type cParam struct {
	Name    *tok   `parser:"@Word"`
	Type    *cExpr `parser:"( ':' @@ )?"`
	Default *cExpr `parser:"( '=' @@ )?"`
}

type cAlias struct {
	Base *cExpr `parser:"@@"`
	With *cBody `parser:"( 'with' @@ )?"`
}

type cPattern struct {
	Tokens []tok
	Name   *tok     `parser:"@Word"`
	Params *cParams `parser:"@@?"`
	Values []*cExpr `parser:"( '=' @@ ( ',' @@ )*"`
	Body   *cBody   `parser:"| @@ )"`
}

type cBody struct {
	Tokens []tok
	Items  []*cItem `parser:"'{' ( @@ ( End @@ )* )? '}'"`
}

// cItem tries the most common form first: an expression never begins with one of the other forms' keywords.
type cItem struct {
	Tokens  []tok
	Stmt    *cStmt    `parser:"@@"`
	Yield   []*cExpr  `parser:"| 'yield' @@ ( ',' @@ )*"`
	Emit    *cEmit    `parser:"| 'emit' @@"`
	Require *cRequire `parser:"| 'require' @@"`
	Pattern *cPattern `parser:"| 'pattern' @@"`
	Block   *cBlock   `parser:"| (?= 'block' ) @@"`
}

type cEmit struct {
	Name  *tok   `parser:"@Word"`
	Value *cExpr `parser:"'=' @@"`
}

type cRequire struct {
	Cond *cExpr `parser:"@@"`
	Msg  *tok   `parser:"( ',' @String )?"`
}

type cStmt struct {
	Tokens  []tok
	Left    []*cExpr `parser:"@@ ( ',' @@ )*"`
	Op      *tok     `parser:"( @( '=' | '+=' )"`
	Values  []*cExpr `parser:"  @@ ( ',' @@ )*"`
	Else    []*cExpr `parser:"  ( 'else' @@ )*"`
	Field   *cField  `parser:"| ':' @@"`
	Results *cArrow  `parser:"| '->' @@"`
	Out     []*cExpr `parser:"  ( '=' @@ ( ',' @@ )*"`
	OutBody *cBody   `parser:"  | @@ )?"`
	Body    *cBody   `parser:"| @@ )?"`
}

type cArrow struct {
	Tokens []tok
	List   []*cResult `parser:"@@ ( ',' @@ )*"`
}

type cResult struct {
	Left *cExpr `parser:"@@"`
	Type *cExpr `parser:"( ':' @@ )?"`
}

type cField struct {
	In     *cType `parser:"@@"`
	Over   *cExpr `parser:"( 'over' @@ )?"`
	Bias   bool   `parser:"( @'with' 'bias'"`
	BiasIf *cExpr `parser:"  ( 'if' @@ )? )?"`
	Stored *cExpr `parser:"( 'stored' @@ )?"`
	As     []tok  `parser:"( 'as' @( String ( ',' String )* ) )?"` // the commas too
	Buffer bool   `parser:"@'buffer'?"`
	Share  *cExpr `parser:"( '=' @@ )?"`
}

type cType struct {
	Tokens []tok
	In     *cExpr `parser:"@@"`
	Out    *cExpr `parser:"( '->' @@ )?"`
}

type cExpr struct {
	Tokens []tok
	First  *cUnary  `parser:"@@"`
	Rest   []*cRest `parser:"@@*"`
	If     *cIf     `parser:"| 'if' @@"`
}

type cIf struct {
	C *cExpr `parser:"@@"`
	T *cExpr `parser:"'then' @@"`
	E *cExpr `parser:"'else' @@"`
}

// cRest is an operator with its right operand, or one more factor of a product of dims.
type cRest struct {
	Op     *tok     `parser:"( @Op"`
	Right  *cUnary  `parser:"  @@"`
	Factor *cFactor `parser:"| @@ )"`
}

type cUnary struct {
	Prefix []tok     `parser:"@( Prefix* )"`
	X      *cPrimary `parser:"@@"`
}

type cPrimary struct {
	Tokens []tok
	Word   *tok     `parser:"( @Word"`
	Number *tok     `parser:"| @( Int | Real )"`
	Paren  *cCall   `parser:"| '(' @@"`
	List   *cArgs   `parser:"| '[' @@ ']'"`
	String *tok     `parser:"| @String"`
	Region *cBody   `parser:"| @@ )"`
	Post   []*cPost `parser:"@@*"`
}

// cFactor is what may follow another operand without an operator. Brackets that follow are arguments or an
// index.
type cFactor struct {
	Word   *tok     `parser:"( @Word"`
	Number *tok     `parser:"| @( Int | Real ) )"`
	Post   []*cPost `parser:"@@*"`
}

type cPost struct {
	Tokens []tok
	Call   *cCall `parser:"'(' @@"`
	Body   *cBody `parser:"  @@?"`
	Index  *cArgs `parser:"| '[' @@ ']'"`
	Field  *tok   `parser:"| '.' @Word"`
}

// cArgs is what stands in brackets, without them.
type cArgs struct {
	List []*cArg `parser:"( @@ ( ',' @@? )* )?"`
}

// cCall is what stands in parentheses, with the closing one.
type cCall struct {
	Tokens []tok
	Args   []*cArg `parser:"( @@ ( ',' @@? )* )?"`
	Semi   bool    `parser:"( @';'"`
	Carry  []*cArg `parser:"  ( @@ ( ',' @@? )* )? )? ')'"`
}

type cArg struct {
	Tokens  []tok
	Star    bool   `parser:"@'*'"`
	E       *cExpr `parser:"| @@"`
	Type    *cExpr `parser:"( ':' @@"`
	Default *cExpr `parser:"  ( '=' @@"`
	TypeTo  *cExpr `parser:"  | '..' @@ )?"`
	Value   *cExpr `parser:"| '=' @@"`
	In      *cExpr `parser:"| 'in' @@"`
	To      *cExpr `parser:"| '..' @@ )?"`
}

// kinds gives participle a number for every kind of token. Prefix is a `-` or `!` where a value must stand.
var kinds = map[string]lexer.TokenType{"EOF": lexer.EOF, "Word": 1, "Keyword": 2, "Int": 3, "Real": 4,
	"String": 5, "Op": 6, "Punct": 7, "End": 8, "Prefix": 9}

var kindType = [...]lexer.TokenType{Word: 1, Keyword: 2, Int: 3, Real: 4, String: 5, Op: 6, Punct: 7, End: 8}

// tokenKinds tells participle the kinds; the tokens themselves come ready made.
type tokenKinds struct{}

func (tokenKinds) Symbols() map[string]lexer.TokenType { return kinds }

func (tokenKinds) Lex(string, io.Reader) (lexer.Lexer, error) { return &feed{}, nil }

// feed hands tokens to participle one by one.
type feed struct {
	toks []Token
	next int
}

func (f *feed) Next() (lexer.Token, error) {
	i := f.next
	f.next++
	if i >= len(f.toks) {
		return lexer.EOFToken(lexer.Position{Line: len(f.toks)}), nil
	}
	t := f.toks[i]
	kind := kindType[t.Kind]
	if t.is("!") || t.is("-") && (i == 0 || !f.toks[i-1].value()) {
		kind = kinds["Prefix"]
	}
	return lexer.Token{Type: kind, Value: t.Text, Pos: lexer.Position{Line: i}}, nil
}

// parser is built on first use. participle counts as lookahead the tokens it may take back: with 0 one
// token decides, which is LL(1), and a failure is always at the first token that cannot continue.
var parser = sync.OnceValue(func() *participle.Parser[cDecl] {
	return participle.MustBuild[cDecl](participle.Lexer(tokenKinds{}), participle.UseLookahead(0))
})

// parseTokens reads one declaration. failed is the index of the token that cannot stand where it is, or -1.
func parseTokens(toks []Token) (tree *cDecl, failed int) {
	lex, err := lexer.Upgrade(&feed{toks: toks})
	if err != nil {
		return nil, 0
	}
	tree, err = parser().ParseFromLexer(lex)
	failed = len(toks)
	if err == nil {
		failed = -1
	} else if e, ok := err.(participle.Error); ok {
		failed = min(e.Position().Line, len(toks))
	}
	if i := doubleComma(toks); i >= 0 && (failed < 0 || i < failed) {
		failed = i
	}
	return tree, failed
}

// doubleComma finds a comma beside another comma or the end of a line, which the grammar lets pass: with
// one token of lookahead the comma that may end a list in brackets can only be read as one with nothing
// behind it.
func doubleComma(toks []Token) int {
	for i := 1; i < len(toks); i++ {
		a, b := toks[i-1], toks[i]
		if a.is(",") && (b.is(",") || b.Kind == End) || a.Kind == End && b.is(",") {
			return i
		}
	}
	return -1
}
