/**
 * Repetitions of a regular expression that stand behind each other and take the same letters, as in `a*a*b`. A matcher that goes
 * back shares a text out between them in every way: a time that grows with the square of the text, or faster. An expression that
 * does not begin with `^` is tried at each letter, as if `.*` stood in front of it.
 *
 * What a part takes is known of a sample of letters: those of ASCII, a few others, and all of the expression.
 */

/** A piece of the text of an expression. @category models */
export interface Token {
  readonly kind: string
  readonly text: string
}

/** One bit for each letter of the sample. */
type Letters = bigint

type Part =
  | { readonly _tag: "Letters"; readonly takes: Letters; isMany: boolean; isOptional: boolean }
  | { readonly _tag: "Assertion"; readonly text: string }
  | Group

interface Group {
  readonly _tag: "Group"
  /** Looks ahead or behind: what it has matched is settled behind it. */
  readonly looks: boolean
  readonly alternatives: Array<Array<Part>>
  isMany: boolean
  isOptional: boolean
}

/**
 * Whether two repetitions share a text, and the expression can fail behind them. `isMany` says of a quantifier whether it repeats
 * without a bound.
 */
export const overlap = (tokens: Iterable<Token>, isMany: (quantifier: string) => boolean): boolean => {
  const all = [...tokens]
  const sample = [...new Set([...usual, ...all.flatMap(({ text }) => [...text])])]
  const { alternatives } = parsed(all, lettersOf(sample), isMany)
  const begins = alternatives.every(([first]) => first?._tag === "Assertion" && first.text === "^")
  const anywhere: Open = { takes: (1n << BigInt(sample.length)) - 1n, between: [] }
  const start: State = { open: begins ? [] : [anywhere], isShared: false }
  return alternatives.some((sequence) => walked(sequence, start) === undefined)
}

const usual = [...Array.from({ length: 128 }, (_, code) => String.fromCharCode(code)), ..."éßжΩ中²\u00a0\u2028😀"]

/** What a part takes, by its text. A part that cannot be read alone, such as a reference, may take anything. */
const lettersOf = (sample: ReadonlyArray<string>) => {
  const known = new Map<string, Letters>()
  const read = (text: string): Letters => {
    try {
      const takes = new RegExp(`^(?:${text})$`, "u")
      return sample.reduce((letters, letter, at) => takes.test(letter) ? letters | (1n << BigInt(at)) : letters, 0n)
    } catch {
      return (1n << BigInt(sample.length)) - 1n
    }
  }
  return (text: string): Letters => {
    const before = known.get(text)
    if (before !== undefined) return before
    const letters = read(text)
    known.set(text, letters)
    return letters
  }
}

const parsed = (tokens: ReadonlyArray<Token>, letters: (text: string) => Letters, isMany: (q: string) => boolean) => {
  const group = (looks: boolean): Group => ({
    _tag: "Group",
    looks,
    alternatives: [[]],
    isMany: false,
    isOptional: false
  })
  const open = [group(false)]
  for (const { kind, text } of tokens) {
    const sequence = open.at(-1)!.alternatives.at(-1)!
    if (kind === "open") {
      const below = group(/^\(\?<?[=!]/.test(text))
      sequence.push(below)
      open.push(below)
    } else if (kind === "close") open.pop()
    else if (kind === "or") open.at(-1)!.alternatives.push([])
    else if (kind === "quantifier") {
      const last = sequence.at(-1)
      if (last === undefined || last._tag === "Assertion") continue
      last.isMany = isMany(text)
      last.isOptional = /^(?:[*?]|\{0)/.test(text)
    } else if (/^(?:[$^]|\\[bB])$/.test(text)) sequence.push({ _tag: "Assertion", text })
    else {
      const isReference = /^\\(?:\d|k)/.test(text)
      sequence.push({ _tag: "Letters", takes: letters(text), isMany: isReference, isOptional: isReference })
    }
  }
  return open[0]!
}

/** A repetition that came before, and what stands between it and here. */
interface Open {
  readonly takes: Letters
  readonly between: ReadonlyArray<Part>
}

interface State {
  readonly open: ReadonlyArray<Open>
  /** Whether two repetitions have shared a text, so that nothing may fail from now on. */
  readonly isShared: boolean
}

/** `undefined` where a text is shared, and what follows can fail. */
const walked = (sequence: ReadonlyArray<Part>, start: State): State | undefined => {
  let state: State | undefined = start
  for (const part of sequence) {
    if (state.isShared && mayFail(part)) return undefined
    state = part._tag === "Group" && !part.isMany ? entered(part, state) : passed(part, state)
    if (state === undefined) return undefined
  }
  return state
}

/** Behind the alternatives of a group. */
const entered = (group: Group, { isShared, open }: State): State | undefined => {
  // What looks around it is tried once for each place where it stands, whatever came before.
  const before = group.looks ? open.filter(({ between }) => between.length === 0) : open
  const own: Array<Open> = []
  let anyShared = isShared
  for (const alternative of group.alternatives) {
    const behind = walked(alternative, { open: before, isShared: !group.looks && isShared })
    if (behind === undefined) return undefined
    if (group.looks) continue
    own.push(...behind.open.slice(before.length))
    anyShared ||= behind.isShared
  }
  if (group.looks) return { open, isShared }
  return { open: [...open.map((one) => behindOf(one, group)), ...own], isShared: anyShared }
}

const passed = (part: Part, { isShared, open }: State): State => {
  if (part._tag === "Assertion") return { open, isShared }
  const behind = open.map((one) => behindOf(one, part))
  if (!part.isMany) return { open: behind, isShared }
  const takes = takenBy(part)
  const shares = open.some((one) => {
    const both = one.takes & takes
    return both !== 0n && !one.between.some((other) => blocks(other, both))
  })
  return { open: [...behind, { takes, between: [] }], isShared: isShared || shares }
}

const behindOf = ({ between, takes }: Open, part: Part): Open => ({ takes, between: [...between, part] })

/** Whether a part needs a letter that is not one of `letters`. */
const blocks = (part: Part, letters: Letters): boolean => {
  if (part._tag === "Assertion" || part.isOptional) return false
  return part._tag === "Letters"
    ? (part.takes & letters) === 0n
    : !part.looks && part.alternatives.every((sequence) => sequence.some((one) => blocks(one, letters)))
}

const mayFail = (part: Part): boolean =>
  part._tag === "Assertion" || !part.isOptional
    && (part._tag === "Letters" || part.looks || part.alternatives.every((sequence) => sequence.some(mayFail)))

const takenBy = (part: Part): Letters => {
  if (part._tag === "Assertion") return 0n
  if (part._tag === "Letters") return part.takes
  return part.alternatives.flat().reduce((letters, one) => letters | takenBy(one), 0n)
}
