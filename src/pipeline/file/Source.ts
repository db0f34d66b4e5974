/**
 * YAML, and so JSON, as a tree whose every node knows where it stands. `yaml` is loaded when something is read.
 */
import * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type * as Yaml from "yaml"

/** Counted from 1. */
export interface Position {
  readonly line: number
  readonly column: number
}

/** One fault, and where it is. `path` is like `steps.0.agent`, empty for the whole file. */
export interface Issue extends Position {
  readonly path: string
  readonly message: string
}

export interface Node extends Position {
  readonly path: string
  /** All of it as plain data. */
  readonly value: Schema.Json
  /** Of a mapping, in its order. */
  readonly entries?: ReadonlyArray<Entry>
  /** Of a sequence. */
  readonly items?: ReadonlyArray<Node>
  /** Where the text of a scalar on one line begins: `undefined` where its characters are not those of the file. */
  readonly text?: Position | undefined
}

export interface Entry {
  readonly key: string
  readonly at: Position
  readonly node: Node
}

/**
 * `issues` are faults of the syntax. What the tree has on the `broken` lines, from that column on, is the parser's
 * guess.
 */
export interface Source {
  readonly root: Node
  readonly issues: ReadonlyArray<Issue>
  readonly broken: ReadonlyMap<number, number>
}

/** Aliases can multiply a short file into a long one. */
const mostNodes = 100_000

export const parse = Effect.fnUntraced(function*(text: string): Effect.fn.Return<Source> {
  const yaml = yield* Effect.promise(() => import("yaml"))
  const document = yaml.parseDocument(text, { prettyErrors: false })
  const issues: Array<Issue> = []
  const { isCut, nodeAt, positionAt } = reader(yaml, document, text, (issue) => issues.push(issue))
  const broken = new Map<number, number>()
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const at = positionAt(pos[0])
    // one slip makes the parser complain of all that follows it on the line, or in the file
    const first = !broken.has(at.line) &&
      !(message.includes(trailing) && issues.some((one) => one.message.includes(trailing)))
    if (code !== "DUPLICATE_KEY" && first) broken.set(at.line, at.column)
    if (first || code === "DUPLICATE_KEY") issues.push({ ...at, path: "", message })
  }
  const nothing = { line: 1, column: 1, path: "", value: null }
  const root = document.contents === null ? nothing : nodeAt(document.contents, "")
  if (!isCut()) return { root, issues, broken }
  // of half a tree there is nothing more to say
  return { root: nothing, issues: issues.slice(-1), broken: new Map([[1, 1]]) }
})

/** How the parser calls what stands behind the end of the document. */
const trailing = "token in YAML stream"

/** A position `offset` characters into a text on one line, or else where the node begins. */
export const inText = ({ column, line, text }: Node, offset: number): Position =>
  text === undefined ? { line, column } : { line: text.line, column: text.column + offset }

const reader = (
  yaml: typeof Yaml,
  document: Yaml.Document.Parsed,
  text: string,
  report: (issue: Issue) => void
) => {
  let nodes = 0
  let cut = false
  // the parser's own count of lines loses some in files that are broken
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
    if (!yaml.isNode(found)) return { line: 1, column: 1, path, value: null }
    const at = positionAt(found.range?.[0] ?? 0)
    const invalid = (message: string): Node => {
      report({ ...at, path, message })
      return { ...at, path, value: null }
    }
    const tooMuch = nodes++ === mostNodes
      ? `the file holds more than ${mostNodes} values`
      : depth > 100
      ? "is nested more than 100 levels deep"
      : undefined
    if (cut) return { ...at, path, value: null }
    if (tooMuch !== undefined) {
      cut = true
      return invalid(tooMuch)
    }
    if (yaml.isAlias(found)) {
      const target = found.resolve(document)
      return target === undefined
        ? invalid(`there is no anchor &${found.source} above`)
        : { ...nodeAt(target, path, depth + 1), ...at, text: undefined }
    }
    if (yaml.isSeq(found)) {
      const items = found.items.map((item, index) => nodeAt(item, join(path, index), depth + 1))
      return { ...at, path, items, value: items.map(({ value }) => value) }
    }
    if (yaml.isMap(found)) {
      const entries = found.items.map((pair): Entry => {
        const key = yaml.isScalar(pair.key) ? String(pair.key.value) : ""
        const keyAt = yaml.isNode(pair.key) ? positionAt(pair.key.range?.[0] ?? 0) : at
        const node = pair.value === null
          ? { ...keyAt, path: join(path, key), value: null }
          : nodeAt(pair.value, join(path, key), depth + 1)
        return { key, at: keyAt, node }
      })
      return { ...at, path, entries, value: Object.fromEntries(entries.map(({ key, node }) => [key, node.value])) }
    }
    const { type, value } = found
    if (typeof value === "bigint") return invalid(`${value} is too large for a number`)
    if (typeof value === "number" && !Number.isFinite(value)) return invalid(`${value} is no number that JSON knows`)
    if (value === null || typeof value === "boolean" || typeof value === "number") return { ...at, path, value }
    const scalar = String(value)
    const quotes = type === "PLAIN" ? 0 : type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE" ? 1 : undefined
    const [begin = 0, end = 0] = found.range ?? []
    if (quotes === undefined || end - begin !== scalar.length + 2 * quotes) return { ...at, path, value: scalar }
    return { ...at, path, value: scalar, text: { line: at.line, column: at.column + quotes } }
  }
  return { nodeAt, positionAt, isCut: () => cut }
}

/** `steps.0.agent` */
export const join = (path: string, key: string | number): string => path === "" ? String(key) : `${path}.${key}`
