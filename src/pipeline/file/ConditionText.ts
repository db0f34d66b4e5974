/**
 * Reads the text of a condition.
 */
import type * as Schema from "effect/Schema"
import { type Comparison, comparisons, type Condition, type Fault, Stop, stopped } from "./Condition.ts"
import * as QuotedText from "./QuotedText.ts"
import * as Reference from "./Reference.ts"

interface Token {
  readonly kind: "word" | "operator" | "literal" | "reference" | "end"
  readonly text: string
  readonly at: number
  readonly value?: Schema.Json
  readonly reference?: Reference.Reference
}

/** The condition that `text` states, or the first fault of the text. */
export const parse = (text: string): Condition | Fault => stopped(() => new Parser(tokenize(text)).parse())

const words = new Set(["and", "or", "not", "in", "true", "false", "null"])
const token = new RegExp(
  [
    String.raw`(?<number>-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)(?![\w.])`,
    `(?<string>${QuotedText.within("\"")}|${QuotedText.within("'")})`,
    String.raw`(?<operator>==|!=|<=|>=|<|>|\(|\)|\[|\]|,)`,
    String.raw`(?<word>[A-Za-z_]\w*)`
  ].join("|"),
  "y"
)

const space = /\s*/y
const solid = /\S{0,40}/y

const mostCharacters = 10_000

/** The parser calls itself for each bracket: far from the end of the stack. */
const mostTokens = 1_000

/** Where `pattern`, which is sticky, matches `text` at `at`. */
const matchAt = (pattern: RegExp, text: string, at: number): RegExpExecArray | null => {
  pattern.lastIndex = at
  return pattern.exec(text)
}

const tokenize = (text: string): ReadonlyArray<Token> => {
  const tokens: Array<Token> = []
  let offset = 0
  while (true) {
    const at = offset + (matchAt(space, text, offset)?.[0].length ?? 0)
    if (at >= text.length) break
    if (at > mostCharacters) throw new Stop(at, `is longer than ${mostCharacters} characters`)
    if (tokens.length === mostTokens) throw new Stop(at, `is longer than ${mostTokens} words and signs`)
    const reference = Reference.match(text, at)
    if (reference !== undefined) {
      tokens.push({ kind: "reference", text: reference.text, at, reference })
      offset = at + reference.text.length
      continue
    }
    const found = matchAt(token, text, at)
    const rest = matchAt(solid, text, at)?.[0] ?? ""
    if (Reference.isMeant(rest)) {
      throw new Stop(at, `${rest} is not a place: write a place as ${Reference.example}`)
    }
    if (found === null) throw new Stop(at, `${rest.slice(0, 20)} is not part of the language of conditions`)
    const { number, operator, string, word } = found.groups ?? {}
    offset = at + found[0].length
    if (number !== undefined) tokens.push({ kind: "literal", text: number, at, value: Number(number) })
    else if (string !== undefined) tokens.push({ kind: "literal", text: string, at, value: QuotedText.read(string) })
    else if (operator !== undefined) tokens.push({ kind: "operator", text: operator, at })
    else if (word === "true" || word === "false" || word === "null") {
      tokens.push({ kind: "literal", text: word, at, value: JSON.parse(word) })
    } else if (word !== undefined && words.has(word)) tokens.push({ kind: "word", text: word, at })
    else {
      throw new Stop(at, `unknown word ${word}: look up input.NAME or results.STEP.NAME, or quote a text`)
    }
  }
  return [...tokens, { kind: "end", text: "the end", at: text.length }]
}

class Parser {
  private readonly tokens: ReadonlyArray<Token>
  private next = 0

  constructor(tokens: ReadonlyArray<Token>) {
    this.tokens = tokens
  }

  parse(): Condition {
    const condition = this.or()
    if (this.peek.kind !== "end") {
      throw new Stop(this.peek.at, `${this.peek.text} is too much: and, or, or the end belongs here`)
    }
    return condition
  }

  private get peek(): Token {
    return this.tokens[this.next]!
  }

  private take(kind: "word" | "operator", ...texts: ReadonlyArray<string>): Token | undefined {
    const { peek } = this
    if (peek.kind !== kind || !texts.includes(peek.text)) return undefined
    this.next++
    return peek
  }

  private or(): Condition {
    let left = this.and()
    while (this.take("word", "or")) left = { _tag: "Or", at: left.at, left, right: this.and() }
    return left
  }

  private and(): Condition {
    let left = this.not()
    while (this.take("word", "and")) left = { _tag: "And", at: left.at, left, right: this.not() }
    return left
  }

  private not(): Condition {
    const nots: Array<Token> = []
    for (let not = this.take("word", "not"); not !== undefined; not = this.take("word", "not")) nots.push(not)
    return nots.reduceRight<Condition>((operand, { at }) => ({ _tag: "Not", at, operand }), this.comparison())
  }

  private comparison(): Condition {
    const left = this.operand()
    const operator = this.comparator()
    if (operator === undefined) return left
    const compared: Condition = { _tag: "Compare", at: left.at, operator, left, right: this.operand() }
    const { peek } = this
    if (this.comparator() !== undefined) throw new Stop(peek.at, "comparisons do not chain: join two of them by and")
    return compared
  }

  private comparator(): Comparison | undefined {
    const not = this.peek
    if (this.take("word", "not")) {
      if (this.take("word", "in")) return "not in"
      throw new Stop(not.at, "not stands before what it negates, or before in")
    }
    const found = this.take("word", "in") ?? this.take("operator", ...comparisons)
    return comparisons.find((operator) => operator === found?.text)
  }

  private operand(): Condition {
    const { peek } = this
    const { at } = peek
    if (peek.kind === "literal") {
      this.next++
      return { _tag: "Literal", at, value: peek.value ?? null }
    }
    if (peek.reference !== undefined) {
      this.next++
      return { _tag: "LookUp", at, reference: peek.reference }
    }
    if (this.take("operator", "(")) {
      const inner = this.or()
      if (!this.take("operator", ")")) throw new Stop(this.peek.at, `a ) is missing before ${this.peek.text}`)
      return inner
    }
    if (this.take("operator", "[")) {
      const items: Array<Condition> = []
      if (this.take("operator", "]")) return { _tag: "List", at, items }
      do items.push(this.operand())
      while (this.take("operator", ","))
      if (!this.take("operator", "]")) throw new Stop(this.peek.at, `a ] is missing before ${this.peek.text}`)
      return { _tag: "List", at, items }
    }
    throw new Stop(
      at,
      `a value is missing before ${peek.text}: input.NAME, results.STEP.NAME, a number, a text in quotes`
    )
  }
}
