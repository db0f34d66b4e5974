/**
 * The tool that a model means by a name which is not quite its own.
 *
 * 1. Models write the namespace that they were shown (`functions.`, `default_api:`), the number of the call (`:0`), brackets, or marks of
 *    their template beside a name. What is left without them must be a name.
 * 2. Letters in other case, and `-` in place of `_`, are read as the name, where only one tool has it.
 */

/** The tool among `named` that `name` means, or `undefined` where none is, or more than one. */
export const find = <A>(name: string, named: ReadonlyArray<readonly [name: string, tool: A]>): A | undefined => {
  const byName = new Map(named)
  const candidates = candidatesOf(name)
  for (const candidate of candidates) {
    const tool = byName.get(candidate)
    if (tool !== undefined) return tool
  }
  for (const candidate of candidates) {
    const alike = new Set(named.flatMap(([one, tool]) => plain(one) === plain(candidate) ? [tool] : []))
    if (alike.size > 0) return alike.size === 1 ? [...alike][0] : undefined
  }
  return undefined
}

/** The longest first: a name may hold a dot of its own. */
const candidatesOf = (name: string): ReadonlyArray<string> =>
  name.slice(0, longest).split(mark).map((part) => part.trim()).filter((part) => part !== "").flatMap((part) => {
    const bare = part.replace(/\(\s*\)$/, "").replace(/:\d+$/, "")
    const ends = Array.from(bare.matchAll(separator), ({ 0: { length }, index }) => bare.slice(index + length))
    return [part, bare, ...ends].filter((one) => one !== "")
  })

const longest = 500

/** Marks of templates, as `<|channel|>`. */
const mark = /<\|[^|<>]{0,50}\|>/

/** What stands between a namespace and a name. */
const separator = /[.:/]|__/g

const plain = (name: string): string => name.toLowerCase().replaceAll(/[-_ ]/g, "")
