/**
 * The events in the text of an answer: server-sent events, JSON that stands by itself (one value, a list, or one value a line),
 * or both mixed, as some proxies write them.
 *
 * 1. Lines end with CR, LF or both. A field may stand without its colon, and a line that begins with a brace or a bracket is an
 *    event by itself.
 * 2. A line that belongs to no field goes on with the data before it, where that is not whole yet.
 * 3. A line `error: {...}` is an event of that name by itself, as llama.cpp writes it.
 * 4. `event` names the event that is open, unless that has a name: then an empty line was left out.
 */
import * as JsonScan from "./JsonScan.ts"

/** One event. */
export interface Event {
  readonly data: string
  /** Its own name, where it has one. */
  readonly name: string | undefined
  /** Whether it stands by itself, and not in a stream of events. */
  readonly isBare: boolean
}

/** The events of one text, as far as it has come. */
export class EventText {
  /** Whether the text begins as JSON does. */
  isJson: boolean | undefined
  private events: Array<Event> = []
  /** Pieces of a line that has not ended. */
  private line: Array<string> = []
  private isBehindCr = false
  private data: Array<string> = []
  private name: string | undefined
  /** The value that is open, and the text of it. */
  private scan: JsonScan.JsonScan | undefined
  private value: Array<string> = []

  /** The events that end in a further piece. */
  feed(piece: string): ReadonlyArray<Event> {
    let at = 0
    if (this.isJson === undefined) {
      at = piece.search(/[^\s\uFEFF]/)
      if (at < 0) return []
      this.isJson = piece[at] === "{" || piece[at] === "["
    }
    if (this.isJson) this.readJson(piece, at)
    else this.readLines(piece, at)
    return this.taken()
  }

  /** The events that had not ended. */
  end(): ReadonlyArray<Event> {
    if (this.scan !== undefined) this.add(this.value.join(""), true)
    if (this.line.length > 0) this.read(this.line.join(""))
    this.line = []
    this.scan = undefined
    this.dispatch()
    return this.taken()
  }

  private taken(): ReadonlyArray<Event> {
    const { events } = this
    if (events.length > 0) this.events = []
    return events
  }

  private readJson(piece: string, from: number): void {
    for (let at = from; at < piece.length;) {
      const char = piece[at]!
      if (this.scan === undefined) {
        if (/[\s,]/.test(char)) {
          at++
          continue
        }
        if (char !== "{" && char !== "[") {
          this.isJson = false
          return this.readLines(piece, at)
        }
        this.scan = new JsonScan.JsonScan()
      }
      const end = this.scan.feed(piece, at)
      // What cannot be JSON is read at the end.
      const isOver = this.scan.state === "ended"
      this.value.push(piece.slice(at, isOver ? end : piece.length))
      if (!isOver) return
      this.add(this.value.join(""), true)
      this.value = []
      this.scan = undefined
      at = end
    }
  }

  private readLines(piece: string, from: number): void {
    for (let at = from; at < piece.length;) {
      if (this.isBehindCr && piece[at] === "\n") at++
      this.isBehindCr = false
      let end = at
      while (end < piece.length && piece[end] !== "\n" && piece[end] !== "\r") end++
      this.line.push(piece.slice(at, end))
      if (end === piece.length) return
      this.isBehindCr = piece[end] === "\r"
      const line = this.line.length === 1 ? this.line[0]! : this.line.join("")
      this.line = []
      this.read(line)
      at = end + 1
    }
  }

  private read(line: string): void {
    if (line.trim() === "") return this.dispatch()
    if (line.startsWith(":")) return
    const failure = /^error:\s*(\{.*)$/.exec(line)?.[1]
    if (failure !== undefined) {
      this.dispatch()
      this.events.push({ data: failure, isBare: false, name: "error" })
      return
    }
    const [, field, value = ""] = fieldOf.exec(line) ?? []
    switch (field?.toLowerCase()) {
      case "data":
        this.data.push(value)
        return
      case "event":
        if (this.name !== undefined && this.data.length > 0) this.dispatch()
        this.name = value.trim()
        return
      case "id":
      case "retry":
        return
    }
    const isOpen = this.data.length > 0 && JsonScan.valuesIn(this.data.join("\n")) === undefined
    if (isOpen) this.data.push(line)
    else if (/^[\s\uFEFF]*[{[]/.test(line)) {
      this.dispatch()
      this.add(line, true)
    }
  }

  private dispatch(): void {
    if (this.data.length > 0) this.add(this.data.length === 1 ? this.data[0]! : this.data.join("\n"), false)
    this.data = []
    this.name = undefined
  }

  private add(data: string, isBare: boolean): void {
    if (data.trim() === "") return
    this.events.push({ data, isBare, name: this.name === "" || this.name === "message" ? undefined : this.name })
  }
}

const fieldOf = /^[\s\uFEFF]*(data|event|id|retry)(?:[ \t]*:[ \t]?|(?=[\s{["])|$)(.*)$/is
