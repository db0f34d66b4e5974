/**
 * Reads JSON from outside: of a bounded size and depth, in one pass, with the place of the first mistake.
 */
import * as Result from "effect/Result"
import * as SafeJson from "../internal/SafeJson.ts"

/** Bytes of an input. A larger one belongs into a file that an agent reads piece by piece. @category limits */
export const mostBytes = 64 * 1024 * 1024
/** Levels of lists and objects inside each other: as many as a run can record. @category limits */
export const mostLevels = SafeJson.mostLevels

/** `at` is where the text stops being JSON, in UTF-16 units from its start. @category models */
export interface Fault {
  readonly at: number
  readonly problem: string
}

/**
 * The value of the text. It takes time in proportion to the length of the text, also where the text is wrong.
 *
 * ```ts
 * import { Result } from "effect"
 * import * as JsonText from "greenlang/cli/JsonText"
 *
 * Result.getOrThrow(JsonText.parse("[1, 2]")) // => [1, 2]
 * Result.getOrThrow(Result.flip(JsonText.parse("[1, 2"))).at // => 5
 * ```
 *
 * @category reading
 */
export const parse = (text: string): Result.Result<unknown, Fault> => {
  try {
    const value = SafeJson.parse(text)
    const fault = large.test(text) ? new Scanner(text).fault() : undefined
    return fault === undefined ? Result.succeed(value) : Result.fail(fault)
  } catch {
    // the parser of the engine does not say where in plain words: the scanner does
  }
  return Result.fail(new Scanner(text).fault() ?? { at: 0, problem: "this is not JSON" })
}

/** Where a number may be that is larger than any of JavaScript: none has an exponent of two digits and fewer than 200 others. */
const large = /\d{200}|[eE]\+?\d{3}/

/** What may come next. `item` and `field` are the first ones, where the list or object may also end. */
type Expected = "value" | "item" | "field" | "name" | "colon" | "next"

class Scanner {
  private at = 0
  private problem: string | undefined = undefined
  private readonly text: string
  /** Whether each open bracket is that of a list, from the outermost. */
  private readonly lists: Array<boolean> = []
  /** The field whose name came last, in its quotes. */
  private field = ""

  constructor(text: string) {
    this.text = text
  }

  fault(): Fault | undefined {
    let expected: Expected | undefined = "value"
    while (expected !== undefined && this.problem === undefined) {
      this.skipSpace()
      expected = this.at < this.text.length ? this.step(expected) : this.end(expected)
    }
    return this.problem === undefined ? undefined : { at: this.at, problem: this.problem }
  }

  private end(expected: Expected): undefined {
    if (expected === "next" && this.lists.length === 0) return undefined
    const inside = this.lists.at(-1)
    this.problem = inside === undefined
      ? "there is no value"
      : `the text ends before this ${inside ? "list" : "object"} does`
    return undefined
  }

  private step(expected: Expected): Expected | undefined {
    const letter = this.text[this.at]!
    switch (expected) {
      case "item":
        return letter === "]" ? this.close() : this.value(letter)
      case "value":
        return this.value(letter)
      case "field":
        return letter === "}" ? this.close() : this.name(letter)
      case "name":
        return this.name(letter)
      case "colon":
        return letter === ":" ? this.take("value") : this.fail("expected a colon after the name of the field")
      case "next": {
        const isList = this.lists.at(-1)
        if (isList === undefined) return this.fail("unexpected text after the value")
        if (letter === ",") return this.take(isList ? "value" : "name")
        if (letter === (isList ? "]" : "}")) return this.close()
        return this.fail(isList ? "expected a comma or a closing ]" : "expected a comma or a closing }")
      }
    }
  }

  private value(letter: string): Expected | undefined {
    if (letter === "\"") return this.string("next")
    if (letter === "{" || letter === "[") {
      if (this.lists.length === mostLevels) return this.fail(`more than ${mostLevels} levels of lists and objects`)
      this.lists.push(letter === "[")
      return this.take(letter === "[" ? "item" : "field")
    }
    scalar.lastIndex = this.at
    const [found = ""] = scalar.exec(this.text) ?? []
    if (found === "") return this.fail("expected a value")
    if (!/[a-z]$/.test(found) && !Number.isFinite(Number(found))) {
      const field = this.field === "" ? "" : ` of ${this.field}`
      return this.fail(`the number${field} is larger than any that a program can hold`)
    }
    this.at += found.length
    return "next"
  }

  private name(letter: string): Expected | undefined {
    if (letter !== "\"") return this.fail("expected the name of a field in double quotes")
    const start = this.at
    const next = this.string("colon")
    this.field = this.text.slice(start, Math.min(this.at, start + 100))
    return next
  }

  private string(next: Expected): Expected | undefined {
    for (this.at++; this.at < this.text.length; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (code === quote) return this.take(next)
      if (code < 0x20) return this.fail("a line break or control character in a string must be escaped")
      if (code !== backslash) continue
      escape.lastIndex = this.at
      const [found] = escape.exec(this.text) ?? []
      if (found === undefined) return this.fail("unknown escape sequence in a string")
      this.at += found.length - 1
    }
    return this.fail("the text ends before this string does")
  }

  private close(): Expected {
    this.lists.pop()
    return this.take("next")
  }

  private take(next: Expected): Expected {
    this.at++
    return next
  }

  private fail(problem: string): undefined {
    this.problem = problem
    return undefined
  }

  private skipSpace(): void {
    for (;; this.at++) {
      const code = this.text.charCodeAt(this.at)
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return
    }
  }
}

const quote = 0x22
const backslash = 0x5c
const scalar = /(?:-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?|true|false|null)(?![\w.+-])/y
const escape = /\\(?:["\\/bfnrt]|u[\da-fA-F]{4})/y
