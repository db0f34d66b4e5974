/**
 * What is wrong with a pipeline file, in the order in which it was found.
 *
 * A hint compares a name with all that are known: only for the faults that are shown, however many there are.
 */
import * as Described from "../../internal/Described.ts"
import * as SecretName from "../../internal/SecretName.ts"
import type * as Source from "./Source.ts"

/** `doubtful` are faults that something the parser could not read may explain. `message` is made where it is shown. */
export interface Fault extends Source.Position {
  readonly path: string
  readonly message: () => string
  readonly doubtful: boolean
}

/** The faults so far. */
export class Faults {
  readonly all: Array<Fault> = []

  add(
    { column, line, path }: Source.Position & { readonly path: string },
    message: string | (() => string),
    doubtful = false
  ): undefined {
    this.all.push({ path, message: typeof message === "string" ? () => message : message, line, column, doubtful })
  }
}

/** The first 100 faults of a file, with their messages, and how many more there are. */
export const listed = (faults: ReadonlyArray<Omit<Fault, "doubtful">>): ReadonlyArray<Source.Issue> => {
  const sorted = faults.toSorted((a, b) => a.line - b.line || a.column - b.column)
  const shown = sorted.slice(0, mostListed).map(({ column, line, message, path }) => ({
    path: shortened(path),
    message: shortened(message()),
    line,
    column
  }))
  const next = sorted[mostListed]
  if (next === undefined) return shown
  const { column, line } = next
  return [...shown, { path: "", message: `and ${sorted.length - mostListed} more issues from here on`, line, column }]
}

const mostListed = 100

/** A message may repeat a key of a vendor, or a name of any length, and so does a path. */
const shortened = (text: string): string => Described.cut(Described.printable(SecretName.without(text)), mostLetters)

const mostLetters = 1_000
