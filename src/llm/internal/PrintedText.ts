/**
 * One text of an answer, as it grows, taken apart: a thought at its beginning, what is said, and calls of tools.
 */
import * as PrintedCalls from "./PrintedCalls.ts"

/** What is new of a text. */
export interface Said {
  readonly thought: string
  readonly text: string
}

/** How a thought begins, and how it ends. */
const thoughts: ReadonlyArray<readonly [begin: RegExp, end: RegExp, mayBegin: RegExp]> = [
  [
    /^<(?:\w{1,20}:)?(?:think|thinking|thoughts?)\b[^<>]{0,100}>/i,
    /<\/(?:\w{1,20}:)?(?:think|thinking|thoughts?)\s*>/i,
    /^<(?:\w{0,20}|\w{1,20}:\w{0,10}|(?:\w{1,20}:)?(?:think|thinking|thoughts?)\b[^<>]{0,100})$/i
  ],
  [/^\[THINK\]/, /\[\/THINK\]/, /^\[(?:T(?:H(?:I(?:N(?:K)?)?)?)?)?$/],
  [/^◁think▷/, /◁\/think▷/, /^◁[a-z]{0,5}$/],
  [/^<\|begin_of_thought\|>/, /<\|end_of_thought\|>/, /^<\|[a-z_]{0,16}\|?$/],
  [
    /^<\|channel\|>\s*analysis\s*<\|message\|>/,
    /<\|end\|>\s*(?:<\|start\|>\s*assistant\s*)?(?:<\|channel\|>\s*final\b[^<]*<\|message\|>|(?=<\|channel\|>\s*commentary))/,
    /^<\|(?:[a-z]{0,8}\|?|channel\|>[\sa-z]{0,12}(?:<\|?[a-z]{0,8}\|?)?)$/
  ]
]

/** The beginning of an end at the end of a thought. */
const mayEnd = /(?:<\|end\|>[^]{0,60}|[<[◁][^<>[\]◁▷\s]{0,30})$/

/** Takes one text apart, piece by piece: holds back only what may still become a call or an end. */
export class PrintedText {
  private state: "begins" | "thought" | "behind a thought" | "text" | "calls"
  private readonly mayCall: boolean
  private held = ""
  private end: RegExp | undefined
  private hasText = false

  /** `isFirst` says that nothing was said before, `mayCall` that calls are looked for. */
  constructor(isFirst: boolean, mayCall: boolean) {
    this.state = isFirst ? "begins" : "text"
    this.mayCall = mayCall
  }

  /** Whether nothing but text can follow. */
  get isPlain(): boolean {
    return this.state === "text" && !this.mayCall && this.held === ""
  }

  /** Reads a further piece. */
  add(piece: string): Said {
    if (this.isPlain) return { thought: "", text: piece }
    this.held += piece
    let thought = ""
    let text = ""
    for (let before; before !== this.state;) {
      before = this.state
      if (before === "thought") thought += this.thoughtIn()
      else if (before === "text") text += this.textIn()
      else if (before !== "calls") this.begin()
    }
    return { thought, text }
  }

  /** What was held back, when the text is over. `calls` may hold calls. */
  rest(): Said & { readonly calls: string } {
    const { held, state } = this
    this.held = ""
    return {
      thought: state === "thought" ? held : "",
      text: state === "thought" || state === "calls" ? "" : held,
      calls: state === "calls" ? held : ""
    }
  }

  /** Looks at the beginning, or at what stands behind a thought. */
  private begin(): void {
    const from = this.held.trimStart()
    if (from === "") return
    for (const [begin, end, mayBegin] of thoughts) {
      const tag = begin.exec(from)?.[0]
      if (tag !== undefined) {
        this.state = "thought"
        this.end = end
        this.held = from.slice(tag.length)
        return
      }
      if (mayBegin.test(from)) return
    }
    if (this.state === "behind a thought") this.held = from
    this.state = "text"
  }

  private thoughtIn(): string {
    const end = this.end!.exec(this.held)
    if (end !== null) {
      const thought = this.held.slice(0, end.index)
      this.held = this.held.slice(end.index + end[0].length)
      this.state = "behind a thought"
      return thought
    }
    return this.taken(mayEnd.exec(this.held)?.index ?? this.held.length)
  }

  private textIn(): string {
    if (!this.mayCall) return this.taken(this.held.length)
    if (!this.hasText && PrintedCalls.bare.test(this.held)) {
      if (/[:]/.test(this.held)) this.state = "calls"
      return ""
    }
    const begin = PrintedCalls.begin.exec(this.held)
    if (begin === null) return this.taken(PrintedCalls.mayBegin.exec(this.held)?.index ?? this.held.length)
    this.state = "calls"
    return this.taken(this.held.slice(0, begin.index).trimEnd().length)
  }

  private taken(length: number): string {
    const text = this.held.slice(0, length)
    this.held = this.held.slice(length)
    if (text.trim() !== "") this.hasText = true
    return text
  }
}
