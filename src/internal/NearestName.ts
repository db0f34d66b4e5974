/**
 * Guesses which name was meant, and finds names that a reader takes for the same.
 */

/** Longer names are not compared: each pair of them takes the square of their letters. */
const mostLetters = 100

/**
 * The candidate that takes the fewest edits to reach, upper and lower case being the same, unless that is more than a
 * third of the name, or all of it. Nothing for a name of more than 100 letters.
 */
export const find = (name: string, candidates: ReadonlyArray<string>): string | undefined => {
  if (name.length > mostLetters) return undefined
  const letters = name.toLowerCase()
  let most = Math.floor(Math.min(Math.max(2, name.length / 3), name.length - 1))
  let best: string | undefined
  for (const candidate of candidates) {
    // Each letter more or less is an edit.
    if (Math.abs(candidate.length - name.length) > most) continue
    const edits = distance(letters, candidate.toLowerCase(), most)
    if (edits > most) continue
    best = candidate
    most = edits - 1
  }
  return best
}

/** A sentence that names the guess, or else what there is. */
export const hint = (name: string, candidates: ReadonlyArray<string>): string => {
  const nearest = find(name, candidates)
  if (nearest !== undefined) return `Did you mean ${nearest}?${difference(name, nearest)}`
  if (candidates.length === 0) return "There is none."
  const hidden = candidates.length - mostNamed
  return `There is: ${candidates.slice(0, mostNamed).join(", ")}${hidden > 0 ? ` and ${hidden} more` : ""}.`
}

/** A sentence on the first letter that differs, where it is not one of ASCII: the two names may look the same. */
export const difference = (name: string, other: string): string => {
  const [letters, others] = [[...name], [...other]]
  const at = letters.findIndex((letter, at) => letter !== others[at])
  const [letter, meant] = [letters[at], others[at]]
  if (letter === undefined || (isAscii.test(letter) && (meant === undefined || isAscii.test(meant)))) return ""
  return ` Letter ${at + 1} is ${codeOf(letter)}${meant === undefined ? "" : `, not ${codeOf(meant)}`}.`
}

const codeOf = (letter: string): string => `U+${letter.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}`

const isAscii = /^[ -~]*$/

/**
 * The same text for names that look the same: composed or not, wide or narrow, with invisible characters, with Cyrillic or
 * Greek letters in the place of Latin ones. Two things of one list must not have such names.
 */
export const look = (name: string): string => {
  if (isAscii.test(name)) return name
  const letters = name.normalize("NFKC").replaceAll(/[\p{Cc}\p{Cf}]/gu, "")
  return Array.from(letters, (letter) => latin.get(letter) ?? letter).join("")
}

const latin: ReadonlyMap<string, string> = new Map(
  Array.from("АВЕКМНОРСТУХЅІЈаеорсухѕіјԁһԛԝΑΒΕΖΗΙΚΜΝΟΡΤΥΧονα", (letter, at) => [
    letter,
    "ABEKMHOPCTYXSIJaeopcyxsijdhqwABEZHIKMNOPTYXova"[at]!
  ])
)

/** Longer lists are not read. */
const mostNamed = 50

/** One row for all pairs: to make one takes longer than to compare two short names. */
const table = new Uint16Array(2 * mostLetters)

/**
 * Levenshtein's: how many letters to insert, remove or replace. One row of the table in place, and of that no more than
 * `most` edits can reach: what takes more takes `Infinity`.
 */
const distance = (a: string, b: string, most: number): number => {
  const row = b.length < table.length ? table : new Uint16Array(b.length + 1)
  for (let j = 0; j <= b.length; j++) row[j] = j
  for (let i = 1; i <= a.length; i++) {
    const from = Math.max(1, i - most)
    const letter = a.charCodeAt(i - 1)
    let diagonal = row[from - 1]!
    let left = from === 1 ? i : most + 1
    let least = left
    row[from - 1] = left
    for (let j = from; j <= Math.min(b.length, i + most); j++) {
      const above = row[j]!
      left = Math.min(above + 1, left + 1, diagonal + (letter === b.charCodeAt(j - 1) ? 0 : 1))
      row[j] = left
      diagonal = above
      if (left < least) least = left
    }
    if (least > most) return Infinity
  }
  return row[b.length]!
}
