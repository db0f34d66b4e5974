/**
 * Guesses which name was meant.
 */

/**
 * The candidate that takes the fewest edits to reach, upper and lower case being the same, unless that is more than a
 * third of the name, or all of it.
 */
export const find = (name: string, candidates: ReadonlyArray<string>): string | undefined => {
  const [best] = candidates
    .map((candidate) => ({ candidate, edits: distance(name.toLowerCase(), candidate.toLowerCase()) }))
    .toSorted((a, b) => a.edits - b.edits)
  const most = Math.min(Math.max(2, name.length / 3), name.length - 1)
  return best !== undefined && best.edits <= most ? best.candidate : undefined
}

/** A sentence that names the guess, or else all that there is. */
export const hint = (name: string, candidates: ReadonlyArray<string>): string => {
  const nearest = find(name, candidates)
  if (nearest !== undefined) return `Did you mean ${nearest}?`
  return candidates.length === 0 ? "There is none." : `There is: ${candidates.join(", ")}.`
}

/** Levenshtein's: how many letters to insert, remove or replace. One row of the table at a time. */
const distance = (a: string, b: string): number => {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min(row[j]! + 1, next[j - 1]! + 1, row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1)))
    }
    row = next
  }
  return row[b.length]!
}
