/**
 * Reads YAML, and so JSON, as a tree whose nodes know their place in the file. Loads `yaml` when it reads the first file.
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Yaml from "yaml"
import * as Described from "../../internal/Described.ts"

/** Counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One fault and its place. `path` is like `steps.0.agent`, empty for the whole file. */
export interface Issue extends Position {
  readonly path: string
  readonly message: string
}

/** A value of the file, and where it stands. */
export interface Node extends Position {
  readonly path: string
  /** The node as plain data. */
  readonly value: Schema.Json
  /** The entries of a mapping, in order. */
  readonly entries?: ReadonlyArray<Entry>
  /** The items of a sequence. */
  readonly items?: ReadonlyArray<Node>
  /** Where the text of a scalar on one line begins. `undefined` where its characters differ from those of the file. */
  readonly text?: Position | undefined
}

/** A key of a mapping, and its value. */
export interface Entry {
  readonly key: string
  readonly at: Position
  readonly node: Node
}

/**
 * `issues` are faults of the syntax. On the `broken` lines, from that column on, the tree holds the parser's guess.
 */
export interface Source {
  readonly root: Node
  readonly issues: ReadonlyArray<Issue>
  readonly broken: ReadonlyMap<number, number>
}

/**
 * The most that a file may hold, counted before it is parsed: the parser takes its time for each token, and more of it for
 * each anchor and alias.
 */
const most = { characters: 250_000, tokens: 50_000, anchors: 1_000, aliases: 1_000 }

/** Aliases can multiply a short file into a long one. */
const mostNodes = 50_000

/** Fewer than a value may have (`SafeJson.mostLevels`): people write files, and the parser calls itself for each level. */
const mostLevels = 100

/** Open at once. A file with more of them is not parsed, and its fault has no path. */
const mostBrackets = 1_000

const nothing: Node = { line: 1, column: 1, path: "", value: null }

/** The tree of a file. Never fails: what is wrong is in `issues`. A file over the limits is not parsed. */
export const parse = Effect.fnUntraced(function*(text: string): Effect.fn.Return<Source> {
  const refuse = (message: string) => unread({ line: 1, column: 1, path: "", message })
  if (typeof text !== "string") return refuse(`the file is ${Described.kind(text)}, and not a text`)
  if (text.length > most.characters) return refuse(`the file is longer than ${most.characters} characters`)
  const yaml = yield* Effect.promise(() => import("yaml"))
  const excess = excessOf(yaml, text)
  if (excess !== undefined) return refuse(excess)
  const document = parseDocument(yaml, text)
  if (document === undefined) return refuse(tooDeep)
  const issues: Array<Issue> = []
  const { cutAt, nodeAt, positionAt } = reader(yaml, text, (issue) => issues.push(issue))
  const broken = new Map<number, number>()
  let hasTrailing = false
  for (const { message, pos } of [...document.errors, ...document.warnings]) {
    const at = positionAt(pos[0])
    const isTrailing = message.includes(trailing)
    // One slip makes the parser complain about all that follows on the line, or in the file.
    if (broken.has(at.line) || (isTrailing && hasTrailing)) continue
    hasTrailing ||= isTrailing
    broken.set(at.line, at.column)
    issues.push({ ...at, path: "", message })
  }
  const root = document.contents === null ? nothing : nodeAt(document.contents, "")
  const cut = cutAt()
  return cut === undefined ? { root, issues, broken } : unread(cut)
})

/** Half a tree is not worth reading: the one issue says why the file was not read. */
const unread = (issue: Issue): Source => ({ root: nothing, issues: [issue], broken: new Map([[1, 1]]) })

const more = "the file holds more than"

const tooDeep = `the file is nested more than ${mostLevels} levels deep`

/** That the text holds too much of something. */
const excessOf = (yaml: typeof Yaml, text: string): string | undefined => {
  const count = { tokens: 0, anchors: 0, aliases: 0 }
  let brackets = 0
  let isScalar = false
  for (const token of new yaml.Lexer().lex(text)) {
    count.tokens++
    // What follows the mark of a scalar is its text.
    if (!isScalar && token.startsWith("&")) count.anchors++
    if (!isScalar && token.startsWith("*")) count.aliases++
    if (!isScalar && (token === "[" || token === "{")) brackets++
    if (!isScalar && (token === "]" || token === "}")) brackets--
    isScalar = token === yaml.CST.SCALAR
    if (count.tokens > most.tokens) return `${more} ${most.tokens} names, values, brackets, commas and blanks`
    if (count.anchors > most.anchors) return `${more} ${most.anchors} anchors`
    if (count.aliases > most.aliases) return `${more} ${most.aliases} aliases`
    if (brackets > mostBrackets) return tooDeep
  }
  return undefined
}

/** The parser makes an error for each slip. Without stack traces, 100,000 of them take no time. */
const parseDocument = (yaml: typeof Yaml, text: string): Yaml.Document.Parsed | undefined => {
  const { stackTraceLimit } = Error
  Error.stackTraceLimit = 0
  try {
    // The parser compares each key with each other one, so the reader below looks for repeated keys.
    return yaml.parseDocument(text, { prettyErrors: false, uniqueKeys: false })
  } catch (error) {
    // The parser calls itself for each level.
    if (error instanceof RangeError) return undefined
    throw error
  } finally {
    Error.stackTraceLimit = stackTraceLimit
  }
}

/** What the parser calls text behind the end of the document. */
const trailing = "token in YAML stream"

/** A position `offset` characters into a text on one line. In any other node: where the node begins. */
export const inText = ({ column, line, text }: Node, offset: number): Position =>
  text === undefined ? { line, column } : { line: text.line, column: text.column + offset }

const reader = (yaml: typeof Yaml, text: string, report: (issue: Issue) => void) => {
  let nodes = 0
  let cut: Issue | undefined
  /** The nodes with an anchor that were read so far. An alias means the last one of its name above it. */
  const anchors = new Map<string, unknown>()
  // The parser's own count of lines loses some in broken files.
  const starts = [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)]
  const positionAt = (offset: number): Position => {
    let [line, after] = [1, starts.length + 1]
    while (after - line > 1) {
      const middle = (line + after) >> 1
      if (starts[middle - 1]! <= offset) line = middle
      else after = middle
    }
    return { line, column: offset - starts[line - 1]! + 1 }
  }

  const nodeAt = (found: unknown, path: string, depth = 0): Node => {
    if (!yaml.isNode(found)) return { ...nothing, path }
    const at = positionAt(found.range?.[0] ?? 0)
    const invalid = (message: string): Node => {
      report({ ...at, path, message })
      return { ...at, path, value: null }
    }
    if (cut !== undefined) return { ...at, path, value: null }
    if (nodes++ === mostNodes || depth > mostLevels) {
      const message = depth > mostLevels
        ? `is nested more than ${mostLevels} levels deep`
        : `the file holds more than ${mostNodes} values`
      cut = { ...at, path, message }
      return { ...at, path, value: null }
    }
    if (yaml.isAlias(found)) {
      if (!anchors.has(found.source)) return invalid(`there is no anchor &${found.source} above`)
      return { ...nodeAt(anchors.get(found.source), path, depth + 1), ...at, text: undefined }
    }
    if (found.anchor !== undefined) anchors.set(found.anchor, found)
    if (yaml.isSeq(found)) {
      const items = found.items.map((item, index) => nodeAt(item, join(path, index), depth + 1))
      return { ...at, path, items, value: items.map(({ value }) => value) }
    }
    if (yaml.isMap(found)) {
      const lines = new Map<string, number>()
      const entries = found.items.map((pair): Entry => {
        const isNamed = yaml.isScalar(pair.key)
        const key = yaml.isScalar(pair.key) ? String(pair.key.value) : ""
        const keyAt = yaml.isNode(pair.key) ? positionAt(pair.key.range?.[0] ?? 0) : at
        const first = isNamed ? lines.get(key) : undefined
        if (first === undefined) lines.set(key, keyAt.line)
        else report({ ...keyAt, path: join(path, key), message: `there is a key ${key} already, on line ${first}` })
        const node = pair.value === null
          ? { ...keyAt, path: join(path, key), value: null }
          : nodeAt(pair.value, join(path, key), depth + 1)
        return { key, at: keyAt, node }
      })
      return { ...at, path, entries, value: Object.fromEntries(entries.map(({ key, node }) => [key, node.value])) }
    }
    const { type, value } = found
    if (typeof value === "bigint") return invalid(`${value} is too large for a number`)
    if (typeof value === "number" && !Number.isFinite(value)) return invalid(`JSON has no number ${value}`)
    if (value === null || typeof value === "boolean" || typeof value === "number") return { ...at, path, value }
    const scalar = String(value)
    const quotes = type === "PLAIN" ? 0 : type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE" ? 1 : undefined
    const [begin = 0, end = 0] = found.range ?? []
    if (quotes === undefined || end - begin !== scalar.length + 2 * quotes) return { ...at, path, value: scalar }
    return { ...at, path, value: scalar, text: { line: at.line, column: at.column + quotes } }
  }
  return { nodeAt, positionAt, cutAt: () => cut }
}

/** `steps.0.agent` */
export const join = (path: string, key: string | number): string => path === "" ? String(key) : `${path}.${key}`
