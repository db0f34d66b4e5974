/**
 * Follows JSON as it comes in pieces: whether a value is still open, has ended, or cannot be JSON any more.
 *
 * It looks at brackets, texts and separators only, once at each character: what it calls ended may still be refused by a
 * parser. Control characters in texts and commas before a closing bracket are let through, as `LooseJson.parse` reads them.
 */

/** Where a value stands. */
export type State = "open" | "ended" | "broken"

type Expected = "value" | "value or end" | "key or end" | "colon" | "comma or end"

/** One value, as far as it has come. */
export class JsonScan {
  state: State = "open"
  private expected: Expected = "value"
  private readonly brackets: Array<"{" | "["> = []
  private isInText = false
  private isKey = false
  private isEscaped = false
  private isInLiteral = false

  /** Reads on from `from`, and gives the place behind the end of the value, or the length of `text` where it is still open. */
  feed(text: string, from = 0): number {
    let at = from
    while (at < text.length && this.state === "open") at = this.isInText ? this.inText(text, at) : this.next(text, at)
    return at
  }

  /** How many brackets are open. */
  get depth(): number {
    return this.brackets.length
  }

  /** Whether `text` may stand behind what came. */
  fits(text: string): boolean {
    if (this.state !== "open") return text.trim() === ""
    const copy = new JsonScan()
    copy.expected = this.expected
    copy.brackets.push(...this.brackets)
    copy.isInText = this.isInText
    copy.isKey = this.isKey
    copy.isEscaped = this.isEscaped
    copy.isInLiteral = this.isInLiteral
    const end = copy.feed(text)
    return copy.state !== "broken" && text.slice(end).trim() === ""
  }

  private inText(text: string, from: number): number {
    for (let at = from; at < text.length; at++) {
      if (this.isEscaped) {
        this.isEscaped = false
        continue
      }
      const code = text.charCodeAt(at)
      if (code === backslash) this.isEscaped = true
      else if (code === quote) {
        this.isInText = false
        if (this.isKey) this.expected = "colon"
        else this.close()
        return at + 1
      }
    }
    return text.length
  }

  private next(text: string, at: number): number {
    const char = text[at]!
    if (this.isInLiteral) {
      if (/[\w+.-]/.test(char)) return at + 1
      this.isInLiteral = false
      this.close()
      return at
    }
    if (char === " " || char === "\n" || char === "\r" || char === "\t" || char === "\uFEFF") return at + 1
    const last = this.brackets.at(-1)
    if (last !== undefined && char === closing[last] && this.expected !== "value" && this.expected !== "colon") {
      this.brackets.pop()
      this.close()
      return at + 1
    }
    switch (this.expected) {
      case "comma or end":
        if (char !== ",") return this.broken(at)
        this.expected = last === "{" ? "key or end" : "value or end"
        return at + 1
      case "colon":
        if (char !== ":") return this.broken(at)
        this.expected = "value"
        return at + 1
      case "key or end":
        if (char !== "\"") return this.broken(at)
        this.isKey = true
        this.isInText = true
        return at + 1
      default:
        return this.begin(char, at)
    }
  }

  private begin(char: string, at: number): number {
    if (char === "\"") {
      this.isKey = false
      this.isInText = true
    } else if (char === "{" || char === "[") {
      this.brackets.push(char)
      this.expected = char === "{" ? "key or end" : "value or end"
    } else if (/[-\dtfnNI]/.test(char)) this.isInLiteral = true
    else return this.broken(at)
    return at + 1
  }

  /** A value has ended. */
  private close(): void {
    if (this.brackets.length === 0) this.state = "ended"
    else this.expected = "comma or end"
  }

  private broken(at: number): number {
    this.state = "broken"
    return at
  }
}

const closing = { "{": "}", "[": "]" } as const

const quote = 34
const backslash = 92

/** The values that stand in `text` one behind another, or `undefined` where anything else stands there, too. */
export const valuesIn = (text: string): ReadonlyArray<string> | undefined => {
  const values: Array<string> = []
  for (let at = 0; at < text.length;) {
    if (text.slice(at, at + 1).trim() === "") {
      at++
      continue
    }
    const scan = new JsonScan()
    const end = scan.feed(text, at)
    if (scan.state !== "ended") return undefined
    values.push(text.slice(at, end))
    at = end
  }
  return values
}
