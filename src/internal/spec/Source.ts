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
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const issues: Array<Issue> = []
  const { nodeAt, positionAt } = reader(yaml, document, lines, (issue) => issues.push(issue))
  const broken = new Map<number, number>()
  for (const { code, message, pos } of [...document.errors, ...document.warnings]) {
    const at = positionAt(pos[0])
    // one slip makes the parser complain of all that follows it on the line, or in the file
    const first = !broken.has(at.line) &&
      !(message.includes(trailing) && issues.some((one) => one.message.includes(trailing)))
    if (code !== "DUPLICATE_KEY" && first) broken.set(at.line, at.column)
    if (first || code === "DUPLICATE_KEY") issues.push({ ...at, path: "", message })
  }
  const root = document.contents === null
    ? { line: 1, column: 1, path: "", value: null }
    : nodeAt(document.contents, "")
  return { root, issues, broken }
})

/** How the parser calls what stands behind the end of the document. */
const trailing = "token in YAML stream"

/** A position `offset` characters into a text on one line, or else where the node begins. */
export const inText = ({ column, line, text }: Node, offset: number): Position =>
  text === undefined ? { line, column } : { line: text.line, column: text.column + offset }

const reader = (
  yaml: typeof Yaml,
  document: Yaml.Document.Parsed,
  lines: Yaml.LineCounter,
  report: (issue: Issue) => void
) => {
  let nodes = 0
  const positionAt = (offset: number): Position => {
    const { col, line } = lines.linePos(offset)
    return { line: Math.max(1, line), column: Math.max(1, col) }
  }

  const nodeAt = (found: unknown, path: string, depth = 0): Node => {
    if (!yaml.isNode(found)) return { line: 1, column: 1, path, value: null }
    const at = positionAt(found.range?.[0] ?? 0)
    const invalid = (message: string): Node => {
      report({ ...at, path, message })
      return { ...at, path, value: null }
    }
    if (nodes++ === mostNodes) return invalid(`the file holds more than ${mostNodes} values`)
    if (nodes > mostNodes) return { ...at, path, value: null }
    if (depth > 100) return invalid("is nested more than 100 levels deep")
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
    const text = String(value)
    const quotes = type === "PLAIN" ? 0 : type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE" ? 1 : undefined
    const [begin = 0, end = 0] = found.range ?? []
    if (quotes === undefined || end - begin !== text.length + 2 * quotes) return { ...at, path, value: text }
    return { ...at, path, value: text, text: { line: at.line, column: at.column + quotes } }
  }
  return { nodeAt, positionAt }
}

/** `steps.0.agent` */
export const join = (path: string, key: string | number): string => path === "" ? String(key) : `${path}.${key}`
