/**
 * Which of many names were perhaps meant, for an error that must not list them all.
 */
import * as NearestName from "../internal/NearestName.ts"

/** An error names no more than that. */
const most = 10

/**
 * `available` are up to ten of `candidates`: a likely slip of the pen first, then names that share words or a beginning, then
 * others. `more` is how many others there are, where there are any. Both are fields of a `DataError`.
 *
 * @category reading
 */
export const find = (
  name: string,
  candidates: Iterable<string>
): { readonly available: ReadonlyArray<string>; readonly more?: number } => {
  const all = Array.from(new Set(candidates))
  const slip = NearestName.find(name, all)
  const score = (candidate: string) => (candidate === slip ? 1000 : 0) + likeness(name, candidate)
  const ranked = all.map((candidate) => ({ candidate, score: score(candidate) }))
    .toSorted((a, b) => b.score - a.score || (a.candidate < b.candidate ? -1 : 1))
  const available = ranked.slice(0, most).map(({ candidate }) => candidate)
  return ranked.length > most ? { available, more: ranked.length - most } : { available }
}

const likeness = (name: string, candidate: string): number => {
  const [a, b] = [name.toLowerCase(), candidate.toLowerCase()]
  const words = new Set(b.split(/[^a-z0-9]+/))
  const shared = a.split(/[^a-z0-9]+/).filter((word) => word !== "" && words.has(word)).length
  let beginning = 0
  while (beginning < a.length && a[beginning] === b[beginning]) beginning++
  return 10 * shared + beginning
}
